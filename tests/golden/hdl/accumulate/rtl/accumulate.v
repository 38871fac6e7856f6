// Module accumulate: sum and largest of 4 beats
// An event may start every 4 clocks. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module accumulate (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [3:0] x,  // 1 of <4,2>
    output wire [6:0] y,  // 1 of <7,5>
    output wire done
);
  reg [4:0] delayed_start;  // bit k is high at local clock k + 1
  always @(posedge clk) delayed_start <= {delayed_start[3:0], start};
  wire signed [3:0] x_1 = x;  // <4,2> @0 x4 x
  reg signed [5:0] sum; always @(posedge clk) sum <= start ? {{2{x_1[3]}}, x_1} : sum + {{2{x_1[3]}}, x_1};  // <6,4> @4
  reg signed [3:0] largest; always @(posedge clk) if (start || $signed(largest) < $signed(x_1)) largest <= x_1;  // <4,2> @4
  wire signed [6:0] sum_4_largest = {sum[5], sum} - {{largest[3], largest}, 2'd0};  // <7,5> @4 sum - 4 * largest
  reg signed [6:0] kept; always @(posedge clk) if (delayed_start[3]) kept <= sum_4_largest;  // <7,5> @5 x4 held
  assign y = kept;
  assign done = delayed_start[4];
endmodule
