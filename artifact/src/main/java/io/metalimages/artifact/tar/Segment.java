package io.metalimages.artifact.tar;

import io.metalimages.artifact.lz4.KnownBlock;
import io.metalimages.common.Digest;
import java.util.List;

/**
 * What a run of entries became: its blocks begin with the first entry and end with the last.
 *
 * @param path of the first entry
 * @param entries how many there are
 * @param identity of all that the blocks depend on, see {@link SegmentTable}
 */
record Segment(String path, int entries, Digest identity, List<KnownBlock> blocks) {

    Segment {
        blocks = List.copyOf(blocks);
    }
}
