// .npy and .npz: what NumPy writes is read, what we write round-trips, damage is named.
#include "base/npy.h"

#include <gtest/gtest.h>
#include <zip.h>

#include <cstring>
#include <limits>

#include "base/files.h"
#include "base/random.h"
#include "base/testing.h"

namespace trigstone {
namespace {

// A version 1.0 file with any header text and any element bytes.
std::string npy_bytes(const std::string& dict, const std::string& data) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(dict.size() & 0xff);
  bytes += static_cast<char>(dict.size() >> 8);
  return bytes + dict + data;
}

std::string dict_of(const std::string& descr, const std::string& shape,
                    const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

NpyArray parse(const std::string& descr, const std::string& shape, const std::string& data) {
  return parse_npy(npy_bytes(dict_of(descr, shape), data), "x.npy");
}

TEST(Npy, RoundTripsItsOwnFiles) {
  const TestFolder folder;
  const double inf = std::numeric_limits<double>::infinity();
  for (const NpyArray& array :
       {npy_of({2, 3}, std::vector<double>{1.5, -0.0, 1e-320, inf, -inf, 1e308}),
        npy_of({4}, std::vector<int64_t>{INT64_MIN, -1, 0, INT64_MAX}),
        npy_of({}, std::vector<double>{3.25}), npy_of({0, 5}, std::vector<double>{}),
        npy_of({1, 1, 1, 2}, std::vector<int64_t>{7, 8})}) {
    write_npy(folder / "a.npy", array);
    EXPECT_EQ(read_npy(folder / "a.npy"), array);
  }
}

TEST(Npy, WritesTheBytesNumpyWrites) {
  const std::string bytes = format_npy(npy_of({2, 1}, std::vector<int64_t>{1, -1}));
  ASSERT_EQ(bytes.size(), 128U + 16U);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(bytes.substr(10, 60), "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1), } ");
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(bytes.substr(128), raw<int64_t>({1, -1}));
  EXPECT_EQ(format_npy(npy_of({3}, std::vector<double>(3))).substr(51, 15), "'shape': (3,), ");
  EXPECT_EQ(format_npy(npy_of({}, std::vector<double>(1))).substr(51, 13), "'shape': (), ");
}

TEST(Npy, ReadsEveryElementType) {
  const auto integers = [](const std::string& descr, const std::string& data) {
    const NpyArray array = parse(descr, "(2,)", data);
    EXPECT_TRUE(array.is_integer && array.reals.empty()) << descr;
    return array.integers;
  };
  using Pair = std::vector<int64_t>;
  EXPECT_EQ(integers("|i1", raw<int8_t>({-128, 127})), (Pair{-128, 127}));
  EXPECT_EQ(integers("<i2", raw<int16_t>({-32768, 32767})), (Pair{-32768, 32767}));
  EXPECT_EQ(integers("<i4", raw<int32_t>({INT32_MIN, INT32_MAX})), (Pair{INT32_MIN, INT32_MAX}));
  EXPECT_EQ(integers("<i8", raw<int64_t>({INT64_MIN, INT64_MAX})), (Pair{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(integers("|u1", raw<uint8_t>({0, 255})), (Pair{0, 255}));
  EXPECT_EQ(integers("<u2", raw<uint16_t>({1, 65535})), (Pair{1, 65535}));
  EXPECT_EQ(integers("<u4", raw<uint32_t>({1, UINT32_MAX})), (Pair{1, UINT32_MAX}));
  EXPECT_EQ(integers("<u8", raw<uint64_t>({1, INT64_MAX})), (Pair{1, INT64_MAX}));
  EXPECT_EQ(integers("|b1", raw<uint8_t>({0, 1})), (Pair{0, 1}));
  const NpyArray floats = parse("<f4", "(2,)", raw<float>({0.1F, -2.5F}));
  EXPECT_EQ(floats.reals, (std::vector<double>{double{0.1F}, -2.5}));
  EXPECT_FALSE(floats.is_integer);
  EXPECT_EQ(parse("=f8", "(1,)", raw<double>({0.1})).reals, std::vector<double>{0.1});
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  const std::string dict = dict_of("<i8", "(1,)");
  for (const char version : {'\x02', '\x03'}) {
    std::string bytes("\x93NUMPY", 6);
    bytes += version;
    bytes += '\0';
    const auto length = static_cast<uint32_t>(dict.size());
    bytes += raw<uint32_t>({length}) + dict + raw<int64_t>({42});
    EXPECT_EQ(parse_npy(bytes, "x.npy").integers, std::vector<int64_t>{42});
  }
}

TEST(Npy, TakesAnyOrderAndQuotingOfTheHeader) {
  const NpyArray array = parse_npy(
      npy_bytes(R"({"shape":(2),"descr":"<i8","fortran_order":False})", raw<int64_t>({1, 2})),
      "x.npy");
  EXPECT_EQ(array.shape, std::vector<int64_t>{2});
}

TEST(Npy, TransposesFortranOrder) {
  const NpyArray array = parse_npy(
      npy_bytes(dict_of("<i8", "(2, 3)", "True"), raw<int64_t>({11, 21, 12, 22, 13, 23})), "x.npy");
  EXPECT_EQ(array.integers, (std::vector<int64_t>{11, 12, 13, 21, 22, 23}));
  EXPECT_EQ(parse_npy(npy_bytes(dict_of("<f8", "(0, 3)", "True"), ""), "x.npy").reals.size(), 0U);
}

std::string refusal(const std::string& bytes) {
  return message_of([&] { parse_npy(bytes, "x.npy"); });
}

TEST(Npy, RefusesForeignAndTruncatedFiles) {
  const std::string again = " — write it again with numpy.save";
  EXPECT_EQ(refusal(""), "x.npy: error: is not a .npy file — write it with numpy.save");
  EXPECT_EQ(refusal("PK\x03\x04"), "x.npy: error: is not a .npy file — write it with numpy.save");
  const std::string whole = npy_bytes(dict_of("<f8", "(3,)"), raw<double>({1, 2, 3}));
  const size_t data_offset = whole.size() - 24;
  for (size_t length = 6; length < data_offset; ++length) {
    EXPECT_EQ(refusal(whole.substr(0, length)),
              "x.npy: error: its .npy header is truncated" + again);
  }
  for (size_t length = data_offset; length < whole.size(); ++length) {
    EXPECT_EQ(refusal(whole.substr(0, length)),
              fmt::format("x.npy: error: holds {} bytes of elements, its header promises 24 — "
                          "it may be truncated; write it again with numpy.save",
                          length - data_offset));
  }
  EXPECT_EQ(refusal(whole + "!"),
            "x.npy: error: holds 25 bytes of elements, its header promises 24 — "
            "it may be truncated; write it again with numpy.save");
  EXPECT_EQ(refusal(std::string("\x93NUMPY\x04\x00\x00\x00", 10)),
            "x.npy: error: is a .npy file of version 4.0; 1.0 to 3.0 are read" + again);
}

TEST(Npy, RefusesHostileHeaders) {
  const std::string damaged =
      "x.npy: error: its .npy header is damaged — write it again with numpy.save";
  for (const char* dict :
       {"", "{", "}", "{}", "garbage", "{'descr': '<f8'}", "{'descr': '<f8', 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'evil': 1}", "{'descr", "{'descr'",
        "{'descr': 8, 'fortran_order': False, 'shape': (1,)}"}) {
    EXPECT_EQ(refusal(npy_bytes(dict, raw<double>({1}))), damaged) << dict;
  }
  const std::string again = " — write it again with numpy.save";
  EXPECT_EQ(refusal(npy_bytes(dict_of("<f8", "(4294967296, 4294967296)"), "")),
            "x.npy: error: its .npy header names a shape beyond 64 bits" + again);
  EXPECT_EQ(refusal(npy_bytes(dict_of("<f8", "(1000000000000,)"), "")),
            "x.npy: error: holds 0 bytes of elements, its header promises 8000000000000 — "
            "it may be truncated; write it again with numpy.save");
  std::string axes;
  for (int i = 0; i < 33; ++i) axes += "1, ";
  EXPECT_EQ(refusal(npy_bytes(dict_of("<f8", "(" + axes + ")"), raw<double>({1}))),
            "x.npy: error: its .npy header names 33 axes, more than 32" + again);
}

TEST(Npy, RefusesElementsItDoesNotHold) {
  const std::string hint = " — convert it with array.astype('float64') or array.astype('int64')";
  for (const char* descr : {"<f2", "<c16", "|O", "<U3", "|S1", "<M8[ns]", "f", "", "<f16"}) {
    EXPECT_EQ(refusal(npy_bytes(dict_of(descr, "(1,)"), "")),
              fmt::format("x.npy: error: elements of dtype '{}' are not read{}", descr, hint));
  }
  EXPECT_EQ(refusal(npy_bytes(dict_of(">f8", "(1,)"), raw<double>({1}))),
            "x.npy: error: elements of dtype '>f8' are big-endian" + hint);
  EXPECT_EQ(refusal(npy_bytes("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
                              raw<double>({1}))),
            "x.npy: error: holds records, not numbers — save each field as an array of its own");
  EXPECT_EQ(refusal(npy_bytes(dict_of("<u8", "(2,)"), raw<uint64_t>({1, uint64_t{1} << 63}))),
            "x.npy: error: element 1 is 9223372036854775808, more than 63 bits hold — "
            "use integers below 2^63");
}

TEST(Npy, NeverCrashesOnDamagedBytes) {
  const std::string whole = npy_bytes(dict_of("<i8", "(2, 3)"), std::string(48, '\x01'));
  Random random(5);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (int64_t n = random.integer(1, 4); n > 0; --n) {
      bytes[static_cast<size_t>(random.integer(6, 70))] = static_cast<char>(random.bits());
    }
    try {
      parse_npy(bytes, "x.npy");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10'000);
}

TEST(AsReals, IsExactOrRefuses) {
  const int64_t limit = int64_t{1} << 53;
  EXPECT_EQ(as_reals(npy_of({2}, std::vector<int64_t>{-limit, limit}), "x"),
            (std::vector<double>{-0x1p53, 0x1p53}));
  EXPECT_EQ(as_reals(npy_of({1}, std::vector<double>{0.5}), "x"), std::vector<double>{0.5});
  EXPECT_EQ(message_of([&] { as_reals(npy_of({1}, std::vector<int64_t>{limit + 1}), "x.npy"); }),
            "x.npy: error: integer 9007199254740993 has no exact double — "
            "use integers within 2^53, or mantissas with --raw");
}

}  // namespace
}  // namespace trigstone
