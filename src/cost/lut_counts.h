// LUTs of single operations as Yosys 0.23 builds them (`synth_xilinx -family xcup -nodsp`); fitted
// on the modules that `trigstone bench cost` calls fitted.
#pragma once

#include <cstdint>
#include <vector>

namespace trigstone {

// a * b out of LUTs: partial products reduced by full adders, then a carry chain. Vendor tools need
// about a LUT a bit of each pair of rows, a third to half of it.
double multiplier_luts(int bits_a, bool signed_a, int bits_b, bool signed_b);
// The same of one number with itself.
double square_luts(int bits, bool is_signed);

// entries[pattern of an index]: every output bit is one LUT6 for each block of 64 entries whose
// pattern is not constant and differs from the others; what joins the blocks are wide multiplexers,
// and LUTs where they end, or where blocks are left out.
double table_luts(const std::vector<int64_t>& entries, int index_bits, int value_bits);

double leading_one_luts(int bits);

// a << b: levels that choose one of four, b's odd bit first.
double shift_luts(int bits, int amount_bits, int result_bits);

}  // namespace trigstone
