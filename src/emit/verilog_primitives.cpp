#include "emit/verilog_primitives.h"

#include <fmt/format.h>

namespace trigstone {

namespace {

// A bit's LUT6_2 sees the three bits (I0, I1, I2) and the carry bit that the LUT below saved (I3).
// O5 saves the majority of the three; O6 is the parity of all four, with which the chain adds the
// saved bit. A subtracted operand is inverted inside the LUT; the ones that are missing then enter
// as the saved bit below the lowest one and as the carry into the chain.
//
// Wires between neighbours are scalars inside their generate blocks: as bits of one vector they
// would look like a loop to a simulator that orders whole signals.
constexpr const char* kAdder =
    R"(// a + b + c, or less an operand whose bit of NEGATED is set, two at the most: a LUT6_2 a bit and one
// carry chain, as UltraScale+ adds three numbers.
module {name} #(
    parameter WIDTH = 8,
    parameter [2:0] NEGATED = 3'b000  // of {{c, b, a}}
) (
    input  wire [WIDTH-1:0] a,
    input  wire [WIDTH-1:0] b,
    input  wire [WIDTH-1:0] c,
    output wire [WIDTH-1:0] sum
);
  localparam BLOCKS = (WIDTH + 7) / 8;
  localparam [7:0] MAJORITY = 8'hE8;
  localparam [7:0] SAVED = {{MAJORITY[3'd7 ^ NEGATED], MAJORITY[3'd6 ^ NEGATED],
                            MAJORITY[3'd5 ^ NEGATED], MAJORITY[3'd4 ^ NEGATED],
                            MAJORITY[3'd3 ^ NEGATED], MAJORITY[3'd2 ^ NEGATED],
                            MAJORITY[3'd1 ^ NEGATED], MAJORITY[3'd0 ^ NEGATED]}};
  localparam [7:0] PARITY = 8'h96 ^ {{8{{^NEGATED}}}};
  localparam [63:0] INIT = {{16'd0, ~PARITY, PARITY, 16'd0, SAVED, SAVED}};
  localparam ONE_NEGATED = |NEGATED;
  localparam TWO_NEGATED = ONE_NEGATED & ~(^NEGATED);

  wire [8*BLOCKS-1:0] propagate, data, total;
  genvar i;
  generate
    for (i = 0; i < 8 * BLOCKS; i = i + 1) begin : bits
      wire below, saved;
      if (i == 0) begin : lowest
        assign below = TWO_NEGATED;
      end else begin : higher
        assign below = bits[i-1].saved;
      end
      if (i < WIDTH) begin : used
        LUT6_2 #(.INIT(INIT)) lut (
            .I0(a[i]), .I1(b[i]), .I2(c[i]), .I3(below), .I4(1'b0), .I5(1'b1),
            .O5(saved), .O6(propagate[i]));
        assign data[i] = below;
        assign sum[i] = total[i];
      end else begin : spare
        assign saved = 1'b0;
        assign propagate[i] = 1'b0;
        assign data[i] = 1'b0;
        wire unused = &{{1'b0, below, total[i]}};
      end
    end
    for (i = 0; i < BLOCKS; i = i + 1) begin : blocks
      wire carry_in;
      wire [7:0] carries;
      CARRY8 chain (
          .CI(carry_in), .CI_TOP(1'b0), .DI(data[8*i +: 8]), .S(propagate[8*i +: 8]),
          .CO(carries), .O(total[8*i +: 8]));
      if (i == 0) begin : lowest
        assign carry_in = ONE_NEGATED;
      end else begin : higher
        assign carry_in = blocks[i-1].carries[7];
      end
      wire unused = &{{1'b0, carries}};
    end
  endgenerate
  wire unused = &{{1'b0, bits[8*BLOCKS-1].saved}};
endmodule
)";

constexpr const char* kLut6_2 =
    R"(// For simulators: two functions of inputs I0 to I4 in one LUT, O6 of I5, too.
module LUT6_2 #(
    parameter [63:0] INIT = 64'd0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5,
    output wire O5,
    output wire O6
);
  assign O5 = INIT[{1'b0, I4, I3, I2, I1, I0}];
  assign O6 = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule
)";

constexpr const char* kCarry8 = R"(// For simulators: eight bits of a carry chain, as one piece.
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
)";

}  // namespace

std::map<std::string, std::string> verilog_primitives(const std::string& adder_name) {
  return {
      {"rtl/" + adder_name + ".v", fmt::format(fmt::runtime(kAdder), fmt::arg("name", adder_name))},
      {"sim/LUT6_2.v", kLut6_2},
      {"sim/CARRY8.v", kCarry8}};
}

bool is_verilog_primitive(const std::string& module_name) {
  return module_name == "LUT6_2" || module_name == "CARRY8";
}

}  // namespace trigstone
