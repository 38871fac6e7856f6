// Module quantise: <8,4> to two formats
// An event may start every clock. Written by Trigstone 0.1.0.
// Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it is
// right, xN: a new one in each of N clocks, held: the same until the next event.
module quantise (
    input  wire clk,
    input  wire start,  // high at local clock 0 of an event
    input  wire [7:0] x,  // 1 of <8,4>
    output wire [4:0] even,  // 1 of <5,3>
    output wire [2:0] floor,  // 1 of u<3,2>
    output wire done
);
  wire signed [7:0] x_1 = x;  // <8,4> @0 x
  wire signed [5:0] v1 = x_1[7:2];  // <6,4> @0
  wire signed [5:0] v3 = x_1[7:2];  // <6,2> @0
  wire v4 = v3[0];  // u<1,-3> @0
  wire v5 = v4;  // u<1,1> @0
  wire signed v6 = x_1[0];  // <1,-3> @0
  wire signed v7 = v6;  // <1,1> @0
  wire v8 = $signed(1'd0) == $signed(v7);  // u<1,1> @0
  wire v9 = v8 ^ 1'd1;  // u<1,1> @0
  wire v10 = v5 | v9;  // u<1,1> @0
  wire signed [6:0] v11 = x_1[7:1];  // <7,3> @0
  wire v12 = v11[0];  // u<1,-3> @0
  wire v13 = v12;  // u<1,1> @0
  wire v14 = v10 & v13;  // u<1,1> @0
  wire signed [6:0] v15 = {v1[5], v1} + {6'd0, v14};  // <7,5> @0
  wire signed [5:0] v18 = v15[6] == 1'd1 || v15[5:4] == 2'd0 ? v15[5:0] : 6'd15;  // <6,4> @0
  wire signed [4:0] v19 = v18[5] == 1'd0 || v18[4] == 1'd1 ? v18[4:0] : -5'sd16;  // <5,3> @0
  wire signed [4:0] v20 = x_1[7:3];  // <5,4> @0
  wire [2:0] v21 = v20[2:0];  // u<3,2> @0
  assign even = v19;
  assign floor = v21;
  assign done = start;
  wire unused = &{1'b0, v3[5:1], v11[6:1], v20[4:3], clk};
endmodule
