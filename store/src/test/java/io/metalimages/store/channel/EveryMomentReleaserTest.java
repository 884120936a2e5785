package io.metalimages.store.channel;

import org.junit.jupiter.api.Tag;

/** Releases in a directory, and leaves out no moment. */
@Tag("slow")
final class EveryMomentReleaserTest extends DirectoryReleaserTest {

    @Override
    int stride() {
        return 1;
    }
}
