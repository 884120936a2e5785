package io.metalimages.store.retention;

import org.junit.jupiter.api.Tag;

/** Prunes a directory, and leaves out no moment. */
@Tag("slow")
final class EveryMomentPrunerTest extends DirectoryPrunerTest {

    @Override
    int stride() {
        return 1;
    }
}
