// The demo's last stage: a menu with the accept head's firmware beside classical seeds.
#pragma once

#include "base/json.h"
#include "demo.h"
#include "demo_firmware.h"

namespace trigstone {

// Section of the report; DIR/trigger holds everything.
Json run_demo_trigger(const DemoOptions& options, const DemoFirmware& accept);

}  // namespace trigstone
