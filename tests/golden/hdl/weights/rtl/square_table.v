// 8 entries of 4 bits; the index is read as a bit pattern.
module square_table (
    input  wire [2:0] index,
    output wire [3:0] value
);
  localparam [31:0] ENTRIES = {
    4'd0, 4'd1, 4'd4, 4'd9, 4'd9, 4'd9, 4'd4, 4'd1  // to 7
  };  // entry 0 first
  reg [3:0] rom [0:7];
  integer i;
  initial for (i = 0; i < 8; i = i + 1) rom[i] = ENTRIES[(7 - i) * 4 +: 4];
  assign value = rom[index];
endmodule
