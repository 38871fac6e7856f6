#include "graph/elementwise.h"

#include "base/error.h"

namespace trigstone {

bool is_elementwise(Op op) {
  switch (op) {
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
    case Op::kScale:
      return true;
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      return false;
  }
  internal_error("unknown op");
}

}  // namespace trigstone
