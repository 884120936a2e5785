package io.metalimages.build.base;

import io.metalimages.engine.Operation;

/** A release of a distribution, pinned to what its archive held when it was looked up. */
public sealed interface DistributionBase extends Operation.BaseSource permits AptBase, RpmBase {

    Distribution distribution();

    /** Its code name. */
    String release();

    /** What this is to somebody who wants to know what an image was made from. */
    UsedBase used(String name);
}
