// For simulators: eight bits of a carry chain, as one piece.
module CARRY8 (
    input  wire       CI,
    input  wire       CI_TOP,
    input  wire [7:0] DI,
    input  wire [7:0] S,
    output reg  [7:0] CO,
    output reg  [7:0] O
);
  reg carry;
  integer i;
  always @* begin
    carry = CI;
    for (i = 0; i < 8; i = i + 1) begin
      O[i] = S[i] ^ carry;
      carry = S[i] ? carry : DI[i];
      CO[i] = carry;
    end
  end
  wire unused = &{1'b0, CI_TOP};
endmodule
