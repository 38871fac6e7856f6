// Module ternary: two sums of three
// An event may start every clock. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module ternary (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [7:0] x,  // 2 of <4,4>
    input  wire [2:0] z,  // 1 of u<3,3>
    output wire [17:0] y,  // 2 of <9,9>
    output wire done
);
  wire signed [3:0] a = x[3:0];  // <4,4> @0
  wire signed [3:0] b = x[7:4];  // <4,4> @0
  wire [2:0] c = z;  // u<3,3> @0
  wire signed [5:0] sum;  // <6,6> @0
  ternary_adder #(.WIDTH(6), .NEGATED(3'b010)) sum__u (
      .a({{2{a[3]}}, a}), .b({{2{b[3]}}, b}), .c({{2'd0, c}, 1'd0}), .sum(sum));
  wire [6:0] high_chain;
  ternary_adder #(.WIDTH(7), .NEGATED(3'b110)) high__u (
      .a({6'd0, c[2]}), .b({{3{a[3]}}, a}), .c({{b[3], b}, 2'd0}), .sum(high_chain));
  wire signed [8:0] high = {high_chain, c[1:0]};  // <9,9> @0
  assign y = {high, {{3{sum[5]}}, sum}};
  assign done = start;
  wire unused = &{1'b0, clk};
endmodule
