// The compiler's options for the VNNI kernels. Included, without a guard, after hwy/highway.h and
// before HWY_BEFORE_NAMESPACE in files that use none of Highway's own vector operations.
//
// Why: Highway 1.0 names "avxvnni" for HWY_AVX3_DL, an encoding that Zen 4 does not execute, and
// not "avx512vnni", which this is about.
#if HWY_TARGET == HWY_AVX3_DL
#undef HWY_TARGET_STR
#define HWY_TARGET_STR HWY_TARGET_STR_AVX3 ",avx512vnni"
#endif
