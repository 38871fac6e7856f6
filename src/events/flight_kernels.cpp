#include "events/flight_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "events/flight_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using V = hn::Vec<Floats>;
constexpr Floats kFloats;
constexpr Ints kInts;
constexpr float kPi = 3.14159265F;

HWY_INLINE V splat(float value) { return hn::Set(kFloats, value); }
// The polynomial of Horner's scheme, the constant term first.
template <size_t N>
HWY_INLINE V polynomial(V x, const float (&terms)[N]) {
  V sum = splat(terms[N - 1]);
  for (size_t i = N - 1; i-- > 0;) sum = hn::Add(hn::Mul(sum, x), splat(terms[i]));
  return sum;
}

// ln y for normal y >= 1: with y = 2^e m, m in [sqrt(1/2), sqrt(2)) and s = (m - 1) / (m + 1), ln m
// is 2 atanh(s); |s| < 0.172, so the series ends at s^9 with an error below 1e-9.
HWY_INLINE V log_of(V y) {
  const auto bits = hn::BitCast(kInts, y);
  V exponent = hn::ConvertTo(kFloats, hn::Sub(hn::ShiftRight<23>(bits), hn::Set(kInts, 127)));
  V m = hn::BitCast(kFloats,
                    hn::Or(hn::And(bits, hn::Set(kInts, 0x007fffff)), hn::Set(kInts, 0x3f800000)));
  const auto large = hn::Gt(m, splat(1.41421356F));
  m = hn::IfThenElse(large, hn::Mul(m, splat(0.5F)), m);
  exponent = hn::IfThenElse(large, hn::Add(exponent, splat(1)), exponent);
  const V s = hn::Div(hn::Sub(m, splat(1)), hn::Add(m, splat(1)));
  const V series = polynomial(hn::Mul(s, s), {2.0F, 2.0F / 3, 2.0F / 5, 2.0F / 7, 2.0F / 9});
  return hn::Add(hn::Mul(exponent, splat(0.693147181F)), hn::Mul(s, series));
}

// For |x| < 1e9.
HWY_INLINE V asinh_of(V x) {
  const V size = hn::Abs(x);
  const V root = hn::Sqrt(hn::Add(hn::Mul(size, size), splat(1)));
  return hn::CopySign(log_of(hn::Add(size, root)), x);
}

// sin of an angle in [0, pi/2]: its Taylor series to the eleventh power, error below 6e-8.
HWY_INLINE V sine_of(V x) {
  return hn::Mul(x, polynomial(hn::Mul(x, x), {1.0F, -1.0F / 6, 1.0F / 120, -1.0F / 5040,
                                               1.0F / 362880, -1.0F / 39916800}));
}

void propagate_vectors(const FlightColumns& flights, size_t count, const FlightStart& start,
                       const Cylinder& cylinder, float* HWY_RESTRICT eta, float* HWY_RESTRICT phi) {
  // Bounds that keep everything finite: 1e-12 is far beyond any calorimeter, or forever in the
  // field.
  const V least_sinh = splat(1e-12F), least_cm = splat(1e-6F), largest = splat(1e8F);
  const V vertex_z = splat(start.vertex_z_cm), half_length = splat(cylinder.half_length_cm);
  const V mirror = splat(start.mirrored ? -1.0F : 1.0F);
  const V inverse_radius = splat(1 / cylinder.radius_cm), rotation = splat(start.rotation);
  for (size_t i = 0; i < count; i += hn::Lanes(kFloats)) {
    const V sinh_eta = hn::Mul(hn::LoadU(kFloats, flights.sinh_eta + i), mirror);
    const V arc = hn::LoadU(kFloats, flights.arc_cm + i);
    const V diameter = hn::LoadU(kFloats, flights.diameter_cm + i);
    const V side = hn::CopySign(splat(1), sinh_eta);
    const V steepness = hn::Max(hn::Abs(sinh_eta), least_sinh);
    const V to_end_z = hn::Sub(half_length, hn::Mul(vertex_z, side));
    const auto in_barrel = hn::Lt(hn::Mul(arc, steepness), to_end_z);
    const V barrel = hn::Mul(hn::Add(vertex_z, hn::Mul(arc, sinh_eta)), inverse_radius);
    // The end plane: the helix has turned by pi times `half_turns` when it gets there. Seen from
    // the axis, whole half turns make no difference to direction and length of the chord.
    const V to_end = hn::Div(to_end_z, steepness), width = hn::Abs(diameter);
    const auto neutral = hn::Eq(diameter, splat(0));
    const V half_turns = hn::Mul(hn::Div(to_end, hn::Max(width, least_cm)), splat(1 / kPi));
    const V part = hn::Sub(half_turns, hn::Floor(half_turns));
    const V sine = sine_of(hn::Mul(hn::Min(part, hn::Sub(splat(1), part)), splat(kPi)));
    const V chord = hn::IfThenElse(neutral, to_end, hn::Mul(width, sine));
    const V end = hn::Mul(hn::Div(half_length, hn::Max(chord, least_cm)), side);
    const V reached = hn::IfThenElse(in_barrel, barrel, end);
    const V bounded = hn::Max(hn::Min(reached, largest), hn::Neg(largest));
    hn::StoreU(asinh_of(bounded), kFloats, eta + i);
    const V end_turn =
        hn::IfThenZeroElse(neutral, hn::CopySign(hn::Mul(part, splat(kPi)), diameter));
    const V turn = hn::IfThenElse(in_barrel, hn::LoadU(kFloats, flights.turn + i), end_turn);
    const V turned = hn::Add(hn::LoadU(kFloats, flights.phi + i), rotation);
    hn::StoreU(hn::Add(turned, turn), kFloats, phi + i);
  }
}

// The largest integer not above `value`, which fits 31 bits, at most `most` and at least 0.
HWY_INLINE hn::Vec<Ints> index_of(V value, int32_t most) {
  const auto whole = hn::ConvertTo(kInts, hn::Floor(value));
  return hn::Max(hn::Min(whole, hn::Set(kInts, most)), hn::Zero(kInts));
}

void find_in_grid(const TowerGrid& grid, size_t count, const float* HWY_RESTRICT eta,
                  const float* HWY_RESTRICT phi, int32_t* HWY_RESTRICT tower,
                  float* HWY_RESTRICT eta_offset, float* HWY_RESTRICT phi_offset) {
  const int32_t side_rows = grid.central_rows / 2;
  const int32_t central_towers = grid.central_rows * grid.central_cells;
  const float turn = 2 * kPi;
  for (size_t i = 0; i < count; i += hn::Lanes(kFloats)) {
    const V at = hn::LoadU(kFloats, eta + i), distance = hn::Abs(at);
    const auto outside = hn::Not(hn::Lt(distance, splat(grid.eta_max)));
    const V inside = hn::IfThenZeroElse(outside, at);
    const auto forward = hn::Ge(hn::Abs(inside), splat(grid.forward_eta));
    const auto central_row = index_of(
        hn::Add(hn::Mul(inside, splat(1 / grid.eta_step)), splat(static_cast<float>(side_rows))),
        grid.central_rows - 1);
    const auto depth = index_of(hn::Mul(hn::Sub(hn::Abs(inside), splat(grid.forward_eta)),
                                        splat(1 / grid.forward_eta_step)),
                                grid.forward_rows - 1);
    const V central_middle =
        hn::Mul(hn::Add(hn::ConvertTo(kFloats, hn::Sub(central_row, hn::Set(kInts, side_rows))),
                        splat(0.5F)),
                splat(grid.eta_step));
    const V forward_middle =
        hn::CopySign(hn::Add(hn::Mul(hn::Add(hn::ConvertTo(kFloats, depth), splat(0.5F)),
                                     splat(grid.forward_eta_step)),
                             splat(grid.forward_eta)),
                     inside);
    hn::StoreU(hn::Sub(inside, hn::IfThenElse(forward, forward_middle, central_middle)), kFloats,
               eta_offset + i);

    const V turns = hn::Add(hn::Mul(hn::LoadU(kFloats, phi + i), splat(1 / turn)), splat(0.5F));
    const V part = hn::Sub(turns, hn::Floor(turns));
    const V cells = hn::IfThenElse(forward, splat(static_cast<float>(grid.forward_cells)),
                                   splat(static_cast<float>(grid.central_cells)));
    const V along = hn::Mul(part, cells);
    const auto is_forward = hn::RebindMask(kInts, forward);
    const auto last_cell = hn::IfThenElse(is_forward, hn::Set(kInts, grid.forward_cells - 1),
                                          hn::Set(kInts, grid.central_cells - 1));
    const auto cell = hn::Min(hn::ConvertTo(kInts, along), last_cell);
    const V from_middle = hn::Sub(along, hn::Add(hn::ConvertTo(kFloats, cell), splat(0.5F)));
    hn::StoreU(hn::Div(hn::Mul(from_middle, splat(turn)), cells), kFloats, phi_offset + i);

    const auto below = hn::RebindMask(kInts, hn::Lt(inside, splat(0)));
    const auto forward_row =
        hn::Add(depth, hn::IfThenElseZero(below, hn::Set(kInts, grid.forward_rows)));
    const auto first =
        hn::IfThenElse(is_forward,
                       hn::Add(hn::Mul(forward_row, hn::Set(kInts, grid.forward_cells)),
                               hn::Set(kInts, central_towers)),
                       hn::Mul(central_row, hn::Set(kInts, grid.central_cells)));
    hn::StoreU(hn::IfThenElse(hn::RebindMask(kInts, outside), hn::Set(kInts, grid.towers()),
                              hn::Add(first, cell)),
               kInts, tower + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone {

namespace {
HWY_EXPORT(propagate_vectors);
HWY_EXPORT(find_in_grid);
}  // namespace

void propagate_all(const FlightColumns& flights, size_t count, const FlightStart& start,
                   const Cylinder& cylinder, float* eta, float* phi) {
  HWY_DYNAMIC_DISPATCH(propagate_vectors)(flights, count, start, cylinder, eta, phi);
}

void find_towers(const TowerGrid& grid, size_t count, const float* eta, const float* phi,
                 int32_t* tower, float* eta_offset, float* phi_offset) {
  HWY_DYNAMIC_DISPATCH(find_in_grid)(grid, count, eta, phi, tower, eta_offset, phi_offset);
}

}  // namespace trigstone
#endif
