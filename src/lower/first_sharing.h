// Sharing in a table in which nothing is shared yet: what Sharing does there, in less time.
#pragma once

#include "lower/adder_sharing.h"
#include "lower/sum_table.h"

namespace trigstone {

// Takes patterns out of a table that holds outputs alone, those first that save most bits, while
// one occurs twice. Deterministic. With canonical digits the result is the one of Sharing; with
// several forms of a number it may choose otherwise between patterns that save as much.
void share_outputs(SumTable& table, const SharingOptions& options);

}  // namespace trigstone
