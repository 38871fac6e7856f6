#include "learn/torch_round.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// The integer next to m in the given direction. With t = trunc(m) and f = m - t, both exact, every
// mode is a comparison of f, so nothing can be lost where m + 0.5 would be rounded.
Tensor round_to_integers(const Tensor& m, Rounding rounding) {
  if (rounding == Rounding::kTRN) return m.floor();
  if (rounding == Rounding::kTRN_ZERO) return m.trunc();
  if (rounding == Rounding::kRND_CONV) return m.round();  // half to even
  const Tensor t = m.trunc();
  const Tensor f = m - t;
  switch (rounding) {
    case Rounding::kRND:
      return t + (f >= 0.5).to(m.dtype()) - (f < -0.5).to(m.dtype());
    case Rounding::kRND_MIN_INF:
      return t + (f > 0.5).to(m.dtype()) - (f <= -0.5).to(m.dtype());
    case Rounding::kRND_ZERO:
      return t + (f > 0.5).to(m.dtype()) - (f < -0.5).to(m.dtype());
    case Rounding::kRND_INF:
      return t + (f >= 0.5).to(m.dtype()) - (f <= -0.5).to(m.dtype());
    case Rounding::kTRN:
    case Rounding::kTRN_ZERO:
    case Rounding::kRND_CONV:
      break;
  }
  internal_error("round_to_integers: unknown mode");
}

// The lowest and highest mantissa that the format's mode lets through.
double lowest(const Format& f) {
  const bool clips = f.overflow == Overflow::kSAT || f.overflow == Overflow::kSAT_SYM;
  return static_cast<double>(clips ? apply_overflow(-(static_cast<Int128>(1) << 100), f)
                                   : f.min_mantissa());
}
double highest(const Format& f) { return static_cast<double>(f.max_mantissa()); }

// One group of formats that share their modes; bounds are numbers where all formats agree, else
// tensors that broadcast to x.
struct Grid {
  Rounding rounding;
  Overflow overflow;
  Tensor inverse_step, step, low, high, span;  // float64 [map shape]; low, high, span in mantissas
};

Grid make_grid(const FormatMap& map, Rounding rounding, Overflow overflow) {
  const auto column = [&](const auto& number) {
    std::vector<double> values;
    for (const Format& f : map.formats) values.push_back(number(f));
    return torch::tensor(values, torch::kFloat64).reshape(map.shape);
  };
  Grid grid{rounding, overflow, {}, {}, {}, {}, {}};
  grid.inverse_step = column([](const Format& f) { return std::ldexp(1.0, f.fraction_bits()); });
  grid.step = column([](const Format& f) { return f.step(); });
  grid.high = column(highest);
  grid.low = column([&](Format f) {
    f.overflow = overflow;  // a neighbour of another mode is not read from this group
    return lowest(f);
  });
  grid.span = column([](const Format& f) { return std::ldexp(1.0, f.width_bits); });
  return grid;
}

// Brings integers into range. The bounds have the type of m.
Tensor apply_overflow_to(const Tensor& m, const Grid& grid) {
  const Tensor low = grid.low.to(m.dtype()), high = grid.high.to(m.dtype());
  switch (grid.overflow) {
    case Overflow::kSAT:
    case Overflow::kSAT_SYM:
      return torch::minimum(torch::maximum(m, low), high);
    case Overflow::kSAT_ZERO:
      return torch::where((m >= low).logical_and(m <= high), m, torch::zeros_like(m));
    case Overflow::kWRAP: {
      const Tensor span = grid.span.to(m.dtype());
      // m mod 2^W: the quotient, its product and the difference are all exact.
      const Tensor field = m - (m / span).floor() * span;
      return torch::where(field > high, field - span, field);
    }
  }
  internal_error("apply_overflow_to: unknown mode");
}

Tensor quantize_group(const Tensor& x, const Grid& grid) {
  const Tensor m = round_to_integers(x * grid.inverse_step.to(x.dtype()), grid.rounding);
  return apply_overflow_to(m, grid) * grid.step.to(x.dtype());
}

bool saturates(Overflow overflow) { return overflow != Overflow::kWRAP; }

// The common case, one format that saturates, in few passes over memory.
Tensor quantize_uniform(const Tensor& x, const Format& format, bool half_is_exact) {
  Tensor m = x * std::ldexp(1.0, format.fraction_bits());
  if (format.rounding == Rounding::kTRN) {
    m.floor_();
  } else if (format.rounding == Rounding::kRND_CONV) {
    m.round_();
  } else if (format.rounding == Rounding::kRND && half_is_exact) {
    m.add_(0.5).floor_();
  } else {
    m = round_to_integers(m, format.rounding);
  }
  return m.clamp_(lowest(format), highest(format)).mul_(format.step());
}

// 1 where x rounds to a number inside the range, as a tensor of x's type.
Tensor inside_range(const Tensor& x, const FormatMap& map) {
  const auto bounds = [&](const auto& number) {
    std::vector<double> values;
    for (const Format& f : map.formats) values.push_back(number(f));
    return torch::tensor(values, torch::kFloat64).reshape(map.shape).to(x.dtype());
  };
  const double far = std::numeric_limits<double>::infinity();
  const Tensor low = bounds([&](const Format& f) {
    return saturates(f.overflow) ? f.to_real(f.min_mantissa()) - f.step() / 2 : -far;
  });
  const Tensor high = bounds([&](const Format& f) {
    return saturates(f.overflow) ? f.to_real(f.max_mantissa()) + f.step() / 2 : far;
  });
  return (x >= low).logical_and(x <= high).to(x.dtype());
}

bool is_plain(const FormatMap& map) {
  const Overflow overflow = map.formats.front().overflow;
  return map.uniform() && (overflow == Overflow::kSAT || overflow == Overflow::kSAT_SYM);
}

Tensor quantize_values(const Tensor& x, const TorchQuant& quant) {
  const FormatMap& map = quant.formats;
  if (is_plain(map)) return quantize_uniform(x, map.formats.front(), quant.half_is_exact);
  Tensor result;
  std::vector<std::pair<Rounding, Overflow>> done;
  for (const Format& format : map.formats) {
    const std::pair modes{format.rounding, format.overflow};
    if (std::count(done.begin(), done.end(), modes) != 0) continue;
    done.push_back(modes);
    const Tensor part = quantize_group(x, make_grid(map, modes.first, modes.second));
    if (!result.defined()) {
      result = part;
      continue;
    }
    std::vector<uint8_t> mine;
    for (const Format& f : map.formats) {
      mine.push_back(f.rounding == modes.first && f.overflow == modes.second ? 1 : 0);
    }
    result = torch::where(torch::tensor(mine, torch::kUInt8).reshape(map.shape).to(torch::kBool),
                          part, result);
  }
  return result;
}

struct QuantFunction : torch::autograd::Function<QuantFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const TorchQuant& quant) {
    const FormatMap& map = quant.formats;
    const bool plain = is_plain(map);
    context->saved_data["plain"] = plain;
    if (plain) {
      const Format& f = map.formats.front();
      context->saved_data["low"] = f.to_real(f.min_mantissa()) - f.step() / 2;
      context->saved_data["high"] = f.to_real(f.max_mantissa()) + f.step() / 2;
    }
    context->save_for_backward({plain ? x : inside_range(x, map)});
    const Tensor result = quantize_values(x, quant);
    // inf wrapped is NaN here; it becomes 0 as well.
    return quant.real_operand ? torch::nan_to_num(result, 0.0) : result;
  }
  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const Tensor saved = context->get_saved_variables()[0];
    if (!context->saved_data["plain"].toBool()) return {gradients[0] * saved, Tensor()};
    return {at::hardtanh_backward(gradients[0], saved, context->saved_data["low"].toDouble(),
                                  context->saved_data["high"].toDouble()),
            Tensor()};
  }
};

struct TableFunction : torch::autograd::Function<TableFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& entries,
                        const Tensor& slopes, double scale, double smallest) {
    const Tensor index = (x * scale - smallest).to(torch::kLong).clamp_(0, entries.size(0) - 1);
    context->save_for_backward({index, slopes});
    return entries.to(x.dtype()).take(index);
  }
  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor slope = saved[1].to(gradients[0].dtype()).take(saved[0]);
    return {gradients[0] * slope, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

struct ThresholdsFunction : torch::autograd::Function<ThresholdsFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& steps,
                        const Tensor& base, const Tensor& direction, double step) {
    context->save_for_backward({x, steps, direction});
    context->saved_data["step"] = step;
    Tensor count;
    if (steps.size(0) == 1) {
      count = torch::searchsorted(steps[0].contiguous(), x.contiguous(), false, /*right=*/true);
    } else {  // one row of steps a channel: channels first
      const Tensor rows = x.reshape({-1, x.size(-1)}).t().contiguous();
      count = torch::searchsorted(steps.contiguous(), rows, false, /*right=*/true)
                  .t()
                  .reshape(x.sizes());
    }
    return (base.to(x.dtype()) + direction.to(x.dtype()) * count.to(x.dtype())) * step;
  }
  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &steps = saved[1];
    const Tensor first = steps.select(1, 0), last = steps.select(1, -1);
    const double rises = static_cast<double>(std::max<int64_t>(steps.size(1) - 1, 1));
    // A single step, or equal ones, count as one unit wide.
    const Tensor width = torch::where(last > first, last - first, torch::ones_like(first));
    const Tensor slope =
        saved[2].to(x.dtype()) * (context->saved_data["step"].toDouble() * rises) / width;
    const Tensor inside = (x >= last - width).logical_and(x <= last);
    return {gradients[0] * slope * inside.to(x.dtype()), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

torch::Tensor quantize_straight_through(const torch::Tensor& x, const TorchQuant& quant) {
  return QuantFunction::apply(x, quant);
}

TorchTable make_torch_table(const std::vector<int64_t>& entries, const Format& from,
                            const Format& to, bool smooth) {
  TorchTable table;
  table.scale = std::ldexp(1.0, from.fraction_bits());
  table.smallest = static_cast<double>(from.min_mantissa());
  const auto count = static_cast<int64_t>(entries.size());
  std::vector<double> values, slopes;
  for (const int64_t entry : entries) values.push_back(to.to_real(entry));
  // A coarse table is a staircase: the slope is taken over a few entries around each one.
  constexpr int64_t kReach = 2;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t a = std::max<int64_t>(i - kReach, 0), b = std::min(i + kReach, count - 1);
    const double rise = values[static_cast<size_t>(b)] - values[static_cast<size_t>(a)];
    slopes.push_back(smooth && b > a ? rise / (static_cast<double>(b - a) * from.step()) : 0.0);
  }
  table.entries = torch::tensor(values, torch::kFloat64);
  table.slopes = torch::tensor(slopes, torch::kFloat64);
  return table;
}

torch::Tensor look_up(const torch::Tensor& x, const TorchTable& table) {
  return TableFunction::apply(x, table.entries, table.slopes, table.scale, table.smallest);
}

torch::Tensor count_thresholds(const torch::Tensor& x, const torch::Tensor& steps,
                               const torch::Tensor& base, const torch::Tensor& direction,
                               double step) {
  return ThresholdsFunction::apply(x, steps, base, direction, step);
}

}  // namespace trigstone
