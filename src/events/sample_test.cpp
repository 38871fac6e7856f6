// The embedded sample as a physicist would check it: multiplicity, masses, weights, thresholds.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/testing.h"
#include "events/event_file.h"
#include "events/event_testing.h"
#include "events/generate.h"
#include "events/hdf5_file.h"
#include "events/show.h"
#include "events/summary.h"

namespace trigstone {
namespace {

TEST(Sample, FitsIntoTheRepository) {
  uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(sample_folder())) {
    bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 30'000'000U);
}

// Inelastic pp at 14 TeV has about 5.2 to 5.9 charged particles per unit of eta at eta = 0.
TEST(Sample, MinimumBiasHasTheMultiplicityOfTheLhc) {
  const Collisions& library = minimum_bias_library();
  EXPECT_GE(library.size(), 20000);
  double charged = 0;
  for (const int16_t count : library.charged_central()) charged += count;
  charged /= static_cast<double>(library.size());
  EXPECT_GT(charged, 5.2);
  EXPECT_LT(charged, 5.9);
  EXPECT_NEAR(library.cross_section_pb(), 79e9, 2e9);  // inelastic, 79 mb
}

TEST(Sample, ParticlesRespectTheStatedLimits) {
  const Collisions& library = minimum_bias_library();
  for (int64_t i = 0; i < library.size(); i += 50) {
    float last_gev = INFINITY;
    for (const Particle& particle : library.collision(i).particles) {
      EXPECT_GE(particle.pt_gev, 0.99F * library.pt_min_gev());
      EXPECT_LE(particle.pt_gev, last_gev);
      EXPECT_LE(std::fabs(particle.eta), 5.01F);
      EXPECT_NE(particle.particle_class, ParticleClass::kInvisible);
      last_gev = particle.pt_gev;
    }
  }
}

TEST(Sample, EveryFileSumsToItsCrossSection) {
  for (size_t i = 0; i < kEmbeddedProcesses; ++i) {
    const Collisions library(sample_folder() / (std::string(kProcessNames[i]) + ".h5"));
    EXPECT_EQ(library.process(), static_cast<Process>(i));
    EXPECT_GE(library.size(), 3000);
    double sum_pb = 0;
    for (int64_t row = 0; row < library.size(); ++row) sum_pb += library.weight_pb(row);
    EXPECT_NEAR(sum_pb / library.cross_section_pb(), 1, 1e-4) << kProcessNames[i];
  }
}

// Jets fall steeply: the stitched spectrum must fall over the whole range, by orders of magnitude.
TEST(Sample, StitchedJetsFallSteeply) {
  const Collisions library(sample_folder() / "qcd.h5");
  std::vector<double> spectrum_pb(6);
  for (int64_t i = 0; i < library.size(); ++i) {
    const double pt_hat = library.collision(i).truth->pt_hat_gev;
    const double edges[] = {19, 40, 80, 150, 300, 600};
    const auto bin = std::upper_bound(std::begin(edges), std::end(edges), pt_hat) - edges - 1;
    ASSERT_GE(bin, 0);
    spectrum_pb[static_cast<size_t>(bin)] += library.weight_pb(i);
  }
  for (size_t i = 1; i < 6; ++i) EXPECT_LT(spectrum_pb[i], 0.15 * spectrum_pb[i - 1]);
}

double peak_of(const char* process, double pileup) {
  const TestFolder folder;
  GenerateOptions options;
  options.processes = {process_from_name(process, "test")};
  options.events = pileup > 0 ? 150 : 500;
  options.crossing = {pileup, 5};
  options.sample = sample_folder();
  generate_events(options, folder / "e.h5");
  const OrderedJson summary = summarise_file(folder / "e.h5");
  return summary["processes"][process]["pair_mass_gev"]["median"].get<double>();
}

// The median lies a little below 91.19 GeV: photon radiation and Drell-Yan pull it down.
TEST(Sample, TheDetectorSeesTheZAndTheHiggs) {
  EXPECT_NEAR(peak_of("zmumu", 0), 90.7, 0.7);
  EXPECT_NEAR(peak_of("zee", 0), 90.2, 1.2);
  EXPECT_NEAR(peak_of("vbf_hgamgam", 0), 125.3, 1.0);
  EXPECT_NEAR(peak_of("zmumu", 100), 90.7, 1.3);  // muons do not care about pile-up
}

TEST(Sample, ParticleLevelMassesComeFromTheLibraries) {
  const OrderedJson higgs = summarise_file(sample_folder() / "vbf_hgamgam.h5");
  EXPECT_NEAR(higgs["pair_mass_gev"]["median"].get<double>(), 125.0, 0.01);
  const OrderedJson z = summarise_file(sample_folder() / "zmumu.h5");
  EXPECT_NEAR(z["pair_mass_gev"]["median"].get<double>(), 90.8, 0.3);
  const std::string text = summary_text(summarise_file(sample_folder() / "minbias.h5"));
  EXPECT_NE(text.find("charged_dn_deta           5."), std::string::npos) << text;
}

TEST(Show, AnEventIsPrintedWithTableAndMap) {
  const Collisions library(sample_folder() / "zmumu.h5");
  CrossingMaker crossings({}, {0, 3}, nullptr);
  const Event event = crossings.signal(0, library, 0);
  const std::string text = event_text(event, 5, "pb");
  EXPECT_NE(text.find(" pb\n"), std::string::npos);
  for (const char* none : {"as in source file", "", "pb\nas in source file"}) {
    const std::string plain = event_text(event, 5, none);
    EXPECT_EQ(plain.substr(plain.find('\n')), text.substr(text.find('\n')));
    EXPECT_EQ(plain.substr(0, plain.find('\n')) + " pb", text.substr(0, text.find('\n')));
  }
  EXPECT_NE(text.find("process zmumu  hard collision 0  pile-up 0"), std::string::npos);
  ASSERT_GT(event.tokens.size(), 5U);
  EXPECT_NE(text.find(" … and "), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '|'), 2 * 16);
  const OrderedJson json = event_json(event);
  EXPECT_EQ(json["tokens"].size(), event.tokens.size());
  EXPECT_EQ(json["process"], "zmumu");
}

TEST(Show, TheMapPutsTokensWhereTheyAre) {
  Event event;
  event.tokens = {{.kind = 2, .pt_gev = 9, .eta = -4.99F, .phi = 3.1F},
                  {.kind = 3, .is_pileup = 1, .pt_gev = 8, .eta = 4.99F, .phi = -3.1F},
                  {.kind = 4, .pt_gev = 7, .eta = 4.99F, .phi = -3.1F}};
  const std::string map = event_map(event);
  EXPECT_EQ(map.substr(0, 8), " +pi |M.");
  EXPECT_NE(map.find(".g|\n  phi"), std::string::npos) << map;
}

TEST(Library, DamagedLibrariesAreRefused) {
  const TestFolder folder;
  const std::string whole = read_file(sample_folder() / "zee.h5");
  write_file(folder / "cut.h5", std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_NE(message_of([&] { Collisions library(folder / "cut.h5"); }).find("cut.h5: error:"),
            std::string::npos);
  Hdf5Writer foreign(folder / "foreign.h5", "foreign.h5");
  foreign.text("schema", "trigstone.collisions/1");
  foreign.text("process", "zee");
  foreign.close();
  EXPECT_NE(message_of([&] {
              Collisions library(folder / "foreign.h5");
            }).find("has no attribute 'generator'"),
            std::string::npos);
  EXPECT_NE(message_of([&] { summarise_file(folder / "none.h5"); }).find("no such file"),
            std::string::npos);
}

// Adds a column of floats, as libraries have whose particles come from far away.
void add_column(const std::filesystem::path& path, const char* name,
                const std::vector<float>& values) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hsize_t size = values.size();
  const hid_t space = H5Screate_simple(1, &size, nullptr), point = H5Screate(H5S_SCALAR);
  const hid_t column =
      H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(column, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  const hid_t scale = H5Acreate2(column, "scale", H5T_IEEE_F64LE, point, H5P_DEFAULT, H5P_DEFAULT);
  const double one = 1;
  H5Awrite(scale, H5T_NATIVE_DOUBLE, &one);
  H5Aclose(scale);
  H5Dclose(column);
  H5Sclose(point);
  H5Sclose(space);
  H5Fclose(file);
}

TEST(Library, TheWayFromTheBeamLineMayBeTold) {
  const TestFolder folder;
  const auto copy = [&](const char* name) {
    std::filesystem::copy_file(sample_folder() / "zmumu.h5", folder / name);
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
    return folder / name;
  };
  const Collisions plain(copy("plain.h5"));
  size_t rows = 0;
  for (int64_t i = 0; i < plain.size(); ++i) rows += plain.collision(i).particles.size();
  const size_t first = plain.collision(0).particles.size();
  std::vector<float> path_cm(rows);
  path_cm[first + 2] = 123.5F;
  add_column(copy("far.h5"), "particles/path_cm", path_cm);
  const Collisions far(folder / "far.h5");
  EXPECT_EQ(plain.collision(1).particles[2].path_cm, 0);
  EXPECT_EQ(far.collision(1).particles[2].path_cm, 123.5F);
  EXPECT_EQ(far.collision(1).particles[1].path_cm, 0);
  EXPECT_EQ(far.collision(1).particles[2].dxy_cm, plain.collision(1).particles[2].dxy_cm);
  add_column(copy("short.h5"), "particles/path_cm", {1, 2});
  EXPECT_NE(message_of([&] { Collisions(folder / "short.h5"); }).find("particles/path_cm"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
