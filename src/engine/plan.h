// The plan of an engine: a graph turned into a list of steps on rows, with every choice made.
//
// Movement costs nothing here: reshape, transpose, slice, concat and gather only rename rows, so a
// step lists the rows it reads and writes. While a plan is made, rows are numbered one by one; once
// the arena is laid out they are offsets in units of kUnitBytes.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/lanes.h"
#include "graph/graph.h"

namespace trigstone::engine {

using Row = int32_t;

// A quant of numbers with a known range, reduced to what lanes must do.
struct Requantise {
  enum class Limit : uint8_t { kNone, kClamp, kWrap, kZero };

  bool by_reference = false;  // beyond 64 bits: each number goes through trigstone::quantize
  int shift = 0;              // right by so many bits, with rounding; negative: left
  Rounding rounding = Rounding::kTRN;
  Limit limit = Limit::kNone;
  int64_t low = 0, high = 0;  // of the result before `carry_shift`
  // kClamp before the shift, to numbers that round to `low` and `high`: rounding then needs no
  // wider type.
  bool clamp_first = false;
  int64_t first_low = 0, first_high = 0;
  int carry_shift = 0;  // left, into the carrier of the value
  Format format;        // as written in the model
  int in_fraction = 0;  // of the operand

  bool operator==(const Requantise&) const = default;
};

// base + direction * #{t : x >= t}
struct Thresholds {
  std::vector<Int128> steps;
  int64_t base = 0, direction = 1;
  bool operator==(const Thresholds&) const = default;
};

enum class MicroOp : uint8_t {
  kLoad,       // to = rows[slot]
  kBroadcast,  // to = constants[slot]
  kShiftLeftConstant,
  kClamp,
  kRequantise,
  kThresholds,
  kTable,
  kAdd,
  kSub,
  kMul,
  kLess,
  kLessEqual,
  kEqual,
  kNotEqual,
  kSelect,
  kLeadingOne,
  kShiftLeft,
};

// One operation on registers; a register holds one block of lanes of the step's width.
struct Instruction {
  MicroOp op = MicroOp::kLoad;
  uint8_t to = 0, a = 0, b = 0, c = 0;
  Lane lane = Lane::kI64;     // kLoad
  int32_t slot = 0;           // which list of rows, constants or parameters
  int32_t shift = 0;          // kShiftLeftConstant
  int64_t low = 0, high = 0;  // kClamp; kTable: low is the smallest index
};

// Elements whose constants and parameters agree; each load's rows follow each other or are one row.
struct Chunk {
  int32_t first = 0, count = 0;
};

// A table whose entries are bytes, 256 of them, for processors that shuffle bytes.
struct ByteTable {
  std::vector<uint8_t> entries;  // empty: the table has no such form
  bool is_signed = false;
};

// Elementwise operations, fused: load, compute, store one row an element.
struct ElementwiseStep {
  Width width = Width::k32;
  std::vector<Instruction> program;
  int registers = 0;
  uint8_t result = 0;  // register
  Lane lane = Lane::kI32;
  int64_t count = 0;                               // elements
  std::vector<std::vector<Row>> loads;             // slot → element → row
  std::vector<std::vector<Int128>> constants;      // slot → element → mantissa
  std::vector<std::vector<int32_t>> parameter_of;  // slot → element → index in `requantise` or
                                                   // `thresholds`; empty: `parameter_base`
  std::vector<int32_t> parameter_base;
  std::vector<Requantise> requantise;
  std::vector<Thresholds> thresholds;
  std::vector<std::vector<int64_t>> tables;    // by slot
  std::vector<std::vector<int32_t>> tables32;  // the same when the width is at most 32 bits
  std::vector<ByteTable> byte_tables;          // beside tables32
  std::vector<Row> results;
  std::vector<Chunk> chunks;
};

// What follows a sum of products before it is stored: clamps, then a quant, each optional.
struct Epilogue {
  int64_t low = INT64_MIN, high = INT64_MAX;
  std::vector<Requantise> requantise;  // empty: none
  std::vector<int32_t> of_output;      // index into `requantise`
};

// How sums of products are formed. All are exact; the plan shows that the bounds hold.
enum class DotPath : uint8_t {
  kDot8,     // u8 x s8, four products a 32-bit lane
  kDot16,    // s16 x s16, two products a 32-bit lane
  kFloat32,  // every partial sum below 2^24
  kFloat64,  // every partial sum below 2^53
  kInt64,    // modulo 2^64, which the result fits
};

// The short form of an epilogue for vectors of 32-bit sums:
//   v = sum + bias; v = min(max(v, low), high); v >>= shift; v &= mask; store the low bits
struct FastEpilogue {
  bool usable = false;
  int32_t add = 0, low = INT32_MIN, high = INT32_MAX, shift = 0, mask = -1;
  bool narrow_mask = false;  // may be done as kNarrowMask
};

// The parts of the short form that the outputs of a step need; kNone: some output has no short
// form. kNarrowMask: the low bound is 0 and the shifted sums fit 16 bits, so that narrowing to
// unsigned ones is the bound, and the mask is the same for all outputs and follows.
enum class FastKind : uint8_t { kNone, kShift, kNarrowMask, kLowShiftMask, kAll };

// Bytes of one word of packed inputs (four bytes an event) for a tile.
inline constexpr int kWordBytes = 4 * kLanes;

// Constant weights of one group of outputs; inputs that none of them uses have no entry.
// kDot8, kDot16: `stream` holds, for each word of four or two inputs, the byte offset of its packed
// inputs and one 32-bit word of weights an output. Other paths: `stream` holds the term of each
// entry, and the path's weights are one an output of each entry, from `weights_begin` on.
struct DotBlock {
  int32_t first_output = 0, outputs = 0, entries = 0;
  int64_t stream_begin = 0, weights_begin = 0;
};

// y[position][o] = sum_k x[position][k] * w[k][o] + bias[o]
struct LinearStep {
  DotPath path = DotPath::kInt64;
  Lane x_lane = Lane::kI32, lane = Lane::kI32;
  bool wide = false;  // sums need 64 bits
  int64_t positions = 0, terms = 0, outputs = 0;
  std::vector<Row> x_rows;   // positions * terms
  std::vector<Row> results;  // positions * outputs
  std::vector<int64_t> bias;
  std::vector<int32_t> bias32;  // integer paths: corrected for the inputs' offset
  std::vector<DotBlock> blocks;
  std::vector<int32_t> stream;
  std::vector<float> weights32;      // kFloat32
  std::vector<double> weights64;     // kFloat64
  std::vector<int64_t> weights_int;  // kInt64; while the plan is made, all: [outputs][terms]
  Epilogue epilogue;
  std::vector<FastEpilogue> fast;  // by output
  FastKind fast_kind = FastKind::kNone;
  // Rows that lie packed in the arena (plan_packing.cpp): four rows that follow each other hold
  // one word of inputs.
  bool packed_in = false, packed_out = false;
};

// y[m][n] = sum_k a[m][k] * b[n][k] of variables, for each of `batches`
struct MatMulStep {
  DotPath path = DotPath::kInt64;
  Lane a_lane = Lane::kI32, b_lane = Lane::kI32, lane = Lane::kI32;
  bool wide = false;     // sums need 64 bits
  bool swapped = false;  // kDot8: b is the unsigned operand
  int64_t batches = 0, rows = 0, columns = 0, terms = 0;
  std::vector<Row> a_rows, b_rows, results;  // [batch][m][k], [batch][n][k], [batch][m][n]
  Epilogue epilogue;
  std::vector<FastEpilogue> fast;  // by column
  FastKind fast_kind = FastKind::kNone;
};

// Sums, largest and smallest of several rows, and the places of these.
struct ReduceStep {
  enum class Kind : uint8_t { kSum, kMax, kMin, kArgMax, kArgMin };
  Kind kind = Kind::kSum;
  Width width = Width::k32;
  Lane x_lane = Lane::kI32, mask_lane = Lane::kU8, lane = Lane::kI32;
  int64_t outputs = 0, terms = 0;
  int64_t empty = 0;           // kMax, kMin: the result when no slot is valid
  std::vector<Row> x_rows;     // [output][term]
  std::vector<Row> mask_rows;  // [term], or empty
  std::vector<Row> results;
};

// Each line of `terms` rows sorted by a network; the first `kept` are stored. Before, each of
// `lowered`, in this order, becomes no larger than the one in front of it.
struct SortStep {
  Width width = Width::k32;
  Lane lane = Lane::kI32;
  bool descending = false;
  int64_t lines = 0, terms = 0, kept = 0;
  std::vector<Row> x_rows, results;
  std::vector<int32_t> lowered;
  std::vector<std::pair<int32_t, int32_t>> exchanges;
};

// Decision trees; a leaf is a node whose children are itself.
struct TreeStep {
  Width width = Width::k32;
  Lane x_lane = Lane::kI32, lane = Lane::kI32;
  int64_t outputs = 0;
  std::vector<Row> x_rows, results;
  std::vector<int32_t> roots, depths;  // of each tree
  std::vector<int32_t> feature, left, right, target;
  std::vector<int64_t> threshold, leaf, base;
};

using Step = std::variant<ElementwiseStep, LinearStep, MatMulStep, ReduceStep, SortStep, TreeStep>;

struct PortPlan {
  std::string name;
  Shape shape;
  Format format;  // inputs: with rounding and overflow modes
  Lane lane = Lane::kI32;
  std::vector<Row> rows;
  bool read = true;     // an input that no step reads is only checked
  bool packed = false;  // rows hold packed words, as LinearStep::packed_in wants them
};

// Rows that hold one number for all events.
struct ConstantRow {
  Row row = 0;
  Lane lane = Lane::kI32;
  int64_t value = 0;
};

struct Plan {
  std::vector<PortPlan> inputs, outputs;
  std::vector<Step> steps;
  std::vector<ConstantRow> constants;
  int64_t arena_bytes = 0, scratch_bytes = 0;
};

}  // namespace trigstone::engine
