package io.metalimages.rack.checks;

import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestSetup;
import java.util.Optional;

/** How a test was that looked at everything. */
final class SampleSetup {

    static final TestSetup FULL = new TestSetup(
            "machine",
            new TestSetup.Input("default", Digest.of("layout")),
            new TestSetup.Input("machine", Digest.of("allocation")),
            Optional.of(new TestSetup.Input("cloud-init", Digest.of("userdata"))),
            "fabric",
            "metal-hammer",
            1,
            false,
            "TCG",
            Optional.empty(),
            "1.0.0");

    private SampleSetup() {}
}
