package io.metalimages.store.retention;

import org.junit.jupiter.api.Tag;

/** Two at the same time in a directory, and leaves out no moment. */
@Tag("slow")
final class EveryMomentInterleavingTest extends DirectoryInterleavingTest {

    @Override
    int stride(Operation stopped) {
        return 1;
    }
}
