// Trigger words as numbers in physical units, for people.
#pragma once

#include "base/json.h"
#include "events/correlator_words.h"
#include "events/global_trigger_words.h"
#include "events/track_word.h"
#include "physics/regions.h"

namespace trigstone {

OrderedJson to_json(const TrackWord& word, int sector);
OrderedJson to_json(const PuppiWord& word);
OrderedJson to_json(const GlobalMomentum& momentum);
OrderedJson to_json(const GlobalJetWord& word);
OrderedJson to_json(const GlobalWideJetWord& word);
OrderedJson to_json(const GlobalSumWord& word);
OrderedJson to_json(const GlobalTauWord& word);
OrderedJson to_json(const GlobalElectronWord& word);
OrderedJson to_json(const GlobalPhotonWord& word);
OrderedJson to_json(const GlobalTrackMuonWord& word);
OrderedJson to_json(const GlobalStandaloneMuonWord& word);
OrderedJson to_json(const GlobalVertexWord& word);
// In coordinates of the whole detector, at the calorimeter.
OrderedJson to_json(const RegionMuonWord& word, const Region& region);

}  // namespace trigstone
