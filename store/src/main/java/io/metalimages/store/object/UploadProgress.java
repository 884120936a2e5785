package io.metalimages.store.object;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How far contents came that were sent in parts: an attempt that comes farther is worth another one. Thread-safe. */
public final class UploadProgress {

    private final Map<Fingerprint, Long> farthest = new ConcurrentHashMap<>();

    /** Marks a failure if the attempt came farther than all before it. */
    public StoreException marked(StoreException failure, Fingerprint content, long bytes) {
        long before = farthest.getOrDefault(content, 0L);
        if (bytes <= before || !(failure instanceof StoreException.Unavailable unavailable)) {
            return failure;
        }
        farthest.put(content, bytes);
        return unavailable.afterProgress();
    }
}
