// Module weights: squares times weights
// An event may start every 3 clocks. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module weights (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [2:0] x,  // 1 of <3,3>
    output wire [6:0] soon,  // 1 of <7,6>
    output wire [7:0] late,  // 1 of <8,7>
    output wire done
);
  reg [40:0] delayed_start;  // bit k is high at local clock k + 1
  always @(posedge clk) delayed_start <= {delayed_start[39:0], start};
  reg [1:0] phase_1_next;
  wire [1:0] phase_1 = delayed_start[0] ? 2'd0 : phase_1_next;  // local clock - 1
  always @(posedge clk) phase_1_next <= phase_1 == 2'd2 ? 2'd2 : phase_1 + 2'd1;
  reg [5:0] tick;  // where delay lines write
  initial tick = 6'd0;
  always @(posedge clk) tick <= tick + 6'd1;
  wire signed [2:0] x_1 = x;  // <3,3> @0 x3 x
  wire [3:0] square; square_table square__u (.index(x_1), .value(square));  // u<4,4> @0 x3
  wire signed [3:0] weight; weight_table weight__u (.index(phase_1), .value(weight));  // <4,3> @1 x3
  reg [3:0] v3; always @(posedge clk) v3 <= square;  // u<4,4> @1 x3
  wire signed [6:0] product = $signed({3'd0, v3}) * $signed({{3{weight[3]}}, weight});  // <7,6> @1 x3
  reg [34:0] v5_line; always @(posedge clk) v5_line <= {v5_line[27:0], product};  // 5 clocks
  wire signed [6:0] v5 = v5_line[34:28];  // <7,6> @6 x3
  wire [5:0] v6_from = tick - 6'd39;
  reg [6:0] v6_line [0:63]; always @(posedge clk) v6_line[tick] <= product;  // 40 clocks
  reg signed [6:0] v6; always @(posedge clk) v6 <= v6_line[v6_from];  // <7,6> @41 x3
  assign soon = v5;
  assign late = {v6[6], v6};
  assign done = delayed_start[40];
endmodule
