// Module token: squared length of one token a clock
// An event may start every 2 clocks. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module token (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [7:0] p,  // 2 of <4,4>
    output wire [8:0] length2  // 1 of u<9,9>
);
  reg delayed_start;  // bit k is high at local clock k + 1
  always @(posedge clk) delayed_start <= start;
  wire signed [3:0] px = p[3:0];  // <4,4> @0 x2
  wire signed [3:0] py = p[7:4];  // <4,4> @0 x2
  wire [6:0] v2 = $signed({{3{px[3]}}, px}) * $signed({{3{px[3]}}, px});  // u<7,7> @0 x2
  wire [6:0] v3 = $signed({{3{py[3]}}, py}) * $signed({{3{py[3]}}, py});  // u<7,7> @0 x2
  wire [7:0] v4 = {1'd0, v2} + {1'd0, v3};  // u<8,8> @0 x2
  reg [7:0] v5; always @(posedge clk) v5 <= v4;  // u<8,8> @1 x2
  reg [8:0] sum; always @(posedge clk) sum <= delayed_start ? {1'd0, v5} : sum + {1'd0, v5};  // u<9,9> @3
  assign length2 = sum;
endmodule
