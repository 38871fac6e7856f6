// Module stage: sum over 4 tokens in 2 lanes
// An event may start every 2 clocks. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module stage (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [15:0] tokens,  // 4 of <4,4>
    output wire [9:0] total,  // 1 of u<10,10>
    output wire done
);
  reg [3:0] delayed_start;  // bit k is high at local clock k + 1
  always @(posedge clk) delayed_start <= {delayed_start[2:0], start};
  wire signed [3:0] px_0 = tokens[3:0];  // <4,4> @0 x2
  wire signed [3:0] py_0 = tokens[7:4];  // <4,4> @0 x2
  wire signed [3:0] px_1 = tokens[11:8];  // <4,4> @0 x2
  wire signed [3:0] py_1 = tokens[15:12];  // <4,4> @0 x2
  wire [8:0] lane_0_length2;
  token lane_0__u (
      .clk(clk),
      .start(start),
      .p({py_0, px_0}),
      .length2(lane_0_length2)
  );  // local clock 0 is clock 0 here
  wire [8:0] lane_1_length2;
  token lane_1__u (
      .clk(clk),
      .start(start),
      .p({py_1, px_1}),
      .length2(lane_1_length2)
  );  // local clock 0 is clock 0 here
  wire [8:0] v6 = lane_0_length2;  // u<9,9> @3
  wire [8:0] v7 = lane_1_length2;  // u<9,9> @3
  wire [9:0] total_1 = {1'd0, v6} + {1'd0, v7};  // u<10,10> @3 total
  reg [9:0] v9; always @(posedge clk) v9 <= total_1;  // u<10,10> @4
  assign total = v9;
  assign done = delayed_start[3];
endmodule
