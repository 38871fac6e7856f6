// 4 entries of 4 bits; the index is read as a bit pattern.
module weight_table (
    input  wire [1:0] index,
    output wire [3:0] value
);
  localparam [15:0] ENTRIES = {
    4'd5, -4'sd3, 4'd7, 4'd7  // to 3
  };  // entry 0 first
  reg [3:0] rom [0:3];
  integer i;
  initial for (i = 0; i < 4; i = i + 1) rom[i] = ENTRIES[(3 - i) * 4 +: 4];
  assign value = rom[index];
endmodule
