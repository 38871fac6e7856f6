#include "events/array_file.h"

#include "base/random.h"
#include "base/testing.h"
#include "events/convert.h"
#include "events/event_file.h"
#include "events/event_testing.h"
#include "events/tokens.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

void write_array(const fs::path& path, const char* name, const std::vector<int64_t>& shape,
                 const std::vector<float>& values) {
  Hdf5Writer file(path, path.string());
  file.array(name, shape, values);
  file.close();
}

// Two events: missing momentum with an electron, two muons and a jet; and nothing at all.
std::vector<float> challenge_rows() {
  std::vector<float> rows(size_t{2} * 19 * 4, 0.0F);
  const auto put = [&](size_t row, std::array<float, 4> values) {
    std::copy(values.begin(), values.end(), rows.begin() + static_cast<int64_t>(row * 4));
  };
  put(0, {30, 0, 1.5F, 1});
  put(1, {25, 1.25F, -2, 2});
  put(5, {12, -0.5F, 3, 3});
  put(6, {11, 0.5F, 7, 3});  // an angle beyond pi
  put(9, {80, 2.5F, -1, 4});
  return rows;
}

ConvertReport convert(const fs::path& input, const fs::path& output) {
  return convert_events(input, output, ConvertOptions());
}

TEST(ArrayFile, AChallengeEventKeepsItsObjectsAndItsMissingMomentum) {
  const TestFolder folder;
  write_array(folder / "in.h5", "/Particles", {2, 19, 4}, challenge_rows());
  const ConvertReport report = convert(folder / "in.h5", folder / "out.h5");
  EXPECT_EQ(report.format, "40 MHz challenge");
  EXPECT_EQ(report.events, 2);
  EXPECT_TRUE(report.problems.empty());
  const std::vector<Event> events = EventReader(folder / "out.h5").read(0, 2);
  ASSERT_EQ(events[0].tokens.size(), 5U);
  const auto expect = [&](size_t i, TokenKind kind, float pt_gev, float eta, float phi) {
    const Token& token = events[0].tokens[i];
    EXPECT_EQ(token.token_kind(), kind) << i;
    EXPECT_EQ(token.pt_gev, pt_gev) << i;
    EXPECT_EQ(token.eta, eta) << i;
    EXPECT_FLOAT_EQ(token.phi, phi) << i;
  };
  expect(0, TokenKind::kHadron, 80, 2.5F, -1);
  expect(1, TokenKind::kElectron, 25, 1.25F, -2);
  expect(2, TokenKind::kMuon, 12, -0.5F, 3);
  expect(3, TokenKind::kMuon, 11, 0.5F, static_cast<float>(7 - 2 * M_PI));
  EXPECT_TRUE(events[0].tokens[4].is_remainder());
  const TransverseSum sum = sum_tokens(events[0].tokens);
  EXPECT_NEAR(sum.x_gev, -30 * std::cos(1.5), 1e-4);
  EXPECT_NEAR(sum.y_gev, -30 * std::sin(1.5), 1e-4);
  EXPECT_EQ(events[0].process, Process::kImported);
  EXPECT_TRUE(events[1].tokens.empty());
  EXPECT_EQ(events[1].id, 1);
}

TEST(ArrayFile, BadObjectsAreCounted) {
  const TestFolder folder;
  std::vector<float> rows = challenge_rows();
  rows[4] = NAN;  // the electron
  rows[5 * 4 + 1] = INFINITY;
  rows[6 * 4 + 3] = 9;
  rows[0] = INFINITY;
  rows[size_t{19} * 4] = -3;
  rows[size_t{19} * 4 + 3] = 4;
  write_array(folder / "in.h5", "/Particles", {2, 19, 4}, rows);
  const ConvertReport report = convert(folder / "in.h5", folder / "out.h5");
  const std::map<std::string, int64_t> want = {
      {"particle without positive pT and finite direction", 3},
      {"particle of an unknown class", 1},
      {"missing momentum that is not finite", 1}};
  EXPECT_EQ(report.problems, want);
  EXPECT_EQ(EventReader(folder / "out.h5").read(0, 1)[0].tokens.size(), 1U);
}

TEST(ArrayFile, AJetOfJetNet) {
  const TestFolder folder;
  for (const bool has_mask : {true, false}) {
    const int64_t columns = has_mask ? 4 : 3;
    std::vector<float> particles;
    for (const auto& [eta, phi, pt, mask] :
         {std::array{0.1F, 0.2F, 0.5F, 1.0F}, {-0.2F, -0.1F, 0.25F, 1}, {0, 0, 0, 0}}) {
      particles.insert(particles.end(), {eta, phi, pt});
      if (has_mask) particles.push_back(mask);
    }
    Hdf5Writer file(folder / "in.h5", "in.h5");
    file.array("/particle_features", {1, 3, columns}, particles);
    file.array("/jet_features", {1, 4}, std::vector<float>{1000, 1.5F, 80, 2});
    file.close();
    const ConvertReport report = convert(folder / "in.h5", folder / "out.h5");
    EXPECT_EQ(report.format, "JetNet");
    const Event event = EventReader(folder / "out.h5").read(0, 1)[0];
    ASSERT_EQ(event.tokens.size(), 2U);
    EXPECT_EQ(event.tokens[0].pt_gev, 500);
    EXPECT_FLOAT_EQ(event.tokens[0].eta, 1.6F);
    EXPECT_FLOAT_EQ(event.tokens[0].phi, 0.2F);
    EXPECT_EQ(event.tokens[1].pt_gev, 250);
    EXPECT_EQ(event.truth.jets, (std::vector<TruthObject>{{0, 1000, 1.5F, 0}}));
  }
}

TEST(ArrayFile, OurOwnFilesAndListsAreCopied) {
  const TestFolder folder;
  write_array(folder / "in.h5", "/Particles", {2, 19, 4}, challenge_rows());
  convert(folder / "in.h5", folder / "a.h5");
  write_file(folder / "all.list", "a.h5\na.h5\n");
  const ConvertReport report = convert(folder / "all.list", folder / "b.h5");
  EXPECT_EQ(report.format, "trigstone.events");
  EXPECT_EQ(report.events, 4);
  const EventReader once(folder / "a.h5"), twice(folder / "b.h5");
  EXPECT_EQ(twice.read(2, 4), once.read(0, 2));
  EXPECT_EQ(twice.info().detector, once.info().detector);
  EXPECT_NE(message_of([&] { convert(folder / "a.h5", folder / "a.h5"); }).find("is the input too"),
            std::string::npos);
}

void name_columns(const fs::path& path, const char* dataset, const char* attribute,
                  const std::vector<const char*>& names, bool variable) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t column = H5Dopen2(file, dataset, H5P_DEFAULT);
  const hsize_t count = names.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t type = H5Tcopy(H5T_C_S1);
  constexpr size_t kSize = 8;  // shorter names are padded
  H5Tset_size(type, variable ? H5T_VARIABLE : kSize);
  const hid_t written = H5Acreate2(column, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
  std::string fixed;
  for (const std::string name : names) fixed += name + std::string(kSize - name.size(), '\0');
  const void* values = variable ? static_cast<const void*>(names.data()) : fixed.data();
  EXPECT_GE(H5Awrite(written, type, values), 0);
  H5Aclose(written);
  H5Tclose(type);
  H5Sclose(space);
  H5Dclose(column);
  H5Fclose(file);
}

TEST(ArrayFile, ColumnsOfJetNetThatAreNamedMayComeInAnyOrder) {
  const TestFolder folder;
  const auto write = [&] {
    Hdf5Writer file(folder / "in.h5", "in.h5");
    file.array("/particle_features", {1, 2, 5},
               std::vector<float>{1, 0.5F, 9, 0.1F, 0.2F, 0, 0.25F, 9, 0.3F, 0.4F});
    file.array("/jet_features", {1, 3}, std::vector<float>{80, 1.5F, 1000});
    file.close();
  };
  const std::vector<const char*> names = {"mask", "pt_rel", "id", "etarel", "PhiRel"};
  for (const bool variable : {true, false}) {
    write();
    name_columns(folder / "in.h5", "/particle_features", variable ? "columns" : "feature_names",
                 names, variable);
    name_columns(folder / "in.h5", "/jet_features", "columns", {"mass", "eta", "pt"}, variable);
    convert(folder / "in.h5", folder / "out.h5");
    const Event event = EventReader(folder / "out.h5").read(0, 1)[0];
    ASSERT_EQ(event.tokens.size(), 1U);  // the second is masked
    EXPECT_EQ(event.tokens[0].pt_gev, 500);
    EXPECT_FLOAT_EQ(event.tokens[0].eta, 1.6F);
    EXPECT_FLOAT_EQ(event.tokens[0].phi, 0.2F);
    EXPECT_EQ(event.truth.jets, (std::vector<TruthObject>{{0, 1000, 1.5F, 0}}));
  }
  const auto refused = [&](const std::vector<const char*>& wrong) {
    write();
    name_columns(folder / "in.h5", "/particle_features", "names", wrong, true);
    return message_of([&] { convert(folder / "in.h5", folder / "no.h5"); });
  };
  EXPECT_NE(refused({"mask", "pt", "eta", "phi"}).find("names 4 of its 5 columns"),
            std::string::npos);
  EXPECT_NE(refused({"a", "ptrel", "b", "etarel", "c"})
                .find("has no column 'phirel' among: a, ptrel, b, etarel, c"),
            std::string::npos);
}

size_t keep_bytes(unsigned, size_t, const unsigned*, size_t bytes, size_t*, void**) {
  return bytes;
}

// A file whose column went through a filter that nobody has any more.
void write_filtered(const fs::path& path, bool registered_name) {
  constexpr H5Z_filter_t kNumber = 299;
  const H5Z_class2_t filter = {
      H5Z_CLASS_T_VERS, kNumber, 1,         1, registered_name ? "squeeze" : nullptr,
      nullptr,          nullptr, keep_bytes};
  ASSERT_GE(H5Zregister(&filter), 0);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const std::array<hsize_t, 3> shape = {2, 19, 4};
  const hid_t space = H5Screate_simple(3, shape.data(), nullptr);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 3, shape.data());
  H5Pset_filter(properties, kNumber, H5Z_FLAG_MANDATORY, 0, nullptr);
  const hid_t column =
      H5Dcreate2(file, "/Particles", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  EXPECT_GE(
      H5Dwrite(column, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, challenge_rows().data()),
      0);
  H5Dclose(column);
  H5Pclose(properties);
  H5Sclose(space);
  H5Fclose(file);
  ASSERT_GE(H5Zunregister(kNumber), 0);
}

TEST(ArrayFile, ACompressionThatIsNotHereIsNamed) {
  const TestFolder folder;
  for (const bool named : {true, false}) {
    write_filtered(folder / "in.h5", named);
    const std::string message = message_of([&] { convert(folder / "in.h5", folder / "out.h5"); });
    EXPECT_NE(
        message.find(fmt::format(
            "/Particles: error: is compressed with the filter '{}' (number 299), which is not "
            "here — where the file can be read, repack it: h5repack -f GZIP=4",
            named ? "squeeze" : "unnamed")),
        std::string::npos)
        << message;
    EXPECT_FALSE(fs::exists(folder / "out.h5"));
  }
}

TEST(ArrayFile, OtherShapesAreRefusedByName) {
  const TestFolder folder;
  const auto expect = [&](const char* what) {
    const std::string message = message_of([&] { convert(folder / "in.h5", folder / "out.h5"); });
    EXPECT_NE(message.find(what), std::string::npos) << message;
    EXPECT_FALSE(fs::exists(folder / "out.h5"));
  };
  const auto refused = [&](const char* name, const std::vector<int64_t>& shape, const char* what) {
    int64_t size = 1;
    for (const int64_t n : shape) size *= n;
    write_array(folder / "in.h5", name, shape, std::vector<float>(static_cast<size_t>(size), 1.0F));
    expect(what);
  };
  refused("/Particles", {2, 18, 4}, "/Particles: error: has the shape [2,18,4] where [N,19,4]");
  refused("/Particles", {38, 4}, "has the shape [38,4] where [N,19,4] belongs");
  refused("/Particles", {0, 19, 4}, "holds no event");
  refused("/particle_features", {2, 3, 4}, "/jet_features: error: no such dataset");
  refused("/jet_features", {2, 4}, "/particle_features: error: no such dataset");
  refused("/other", {2}, "holds no events: it has other");
  Hdf5Writer file(folder / "in.h5", "in.h5");
  file.array("/particle_features", {2, 3, 4}, std::vector<float>(24, 1.0F));
  file.array("/jet_features", {3, 4}, std::vector<float>(12, 1.0F));
  file.close();
  expect("/jet_features: error: has the shape [3,4] where [2,4] belongs");
  write_array(folder / "in.h5", "/Particles", {2, 19, 4}, challenge_rows());
  ConvertOptions options;
  options.crossing.pileup_mean = 10;
  const std::string message =
      message_of([&] { convert_events(folder / "in.h5", folder / "out.h5", options); });
  EXPECT_NE(message.find("--pileup comes before that"), std::string::npos) << message;
}

// A file cut anywhere, or with damaged bytes, gives events, counted problems or an Error.
TEST(ArrayFile, DamagedFilesNeverCrash) {
  const TestFolder folder;
  Hdf5Writer file(folder / "in.h5", "in.h5");
  file.array("/particle_features", {3, 5, 4}, std::vector<float>(60, 0.5F));
  file.array("/jet_features", {3, 4}, std::vector<float>(12, 20.0F));
  file.close();
  write_array(folder / "in2.h5", "/Particles", {2, 19, 4}, challenge_rows());
  Random random(11);
  for (const char* name : {"in.h5", "in2.h5"}) {
    const std::string whole = read_file(folder / name);
    const auto place = [&] {
      return static_cast<size_t>(random.integer(0, std::ssize(whole) - 1));
    };
    const int status = status_of_child([&] {
      for (int trial = 0; trial < 150; ++trial) {
        std::string damaged = whole;
        if (trial % 3 == 0) {
          damaged.resize(place());
        } else {
          for (int i = 0; i < 3; ++i) damaged[place()] = static_cast<char>(random.integer(0, 255));
        }
        write_quickly(folder / "damaged.h5", damaged);
        try {
          ArrayFile reader(folder / "damaged.h5");
          reader.read(0, std::min<int64_t>(reader.size(), 8));
        } catch (const Error&) {
        }
      }
      return 0;
    });
    EXPECT_EQ(status, 0) << name;
  }
}

}  // namespace
}  // namespace trigstone
