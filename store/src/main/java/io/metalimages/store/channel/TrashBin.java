package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The {@link Trash} of a store, which changes by compare and swap.
 *
 * <p>Contents are shared by channels, and somebody may be about to publish just what somebody else deletes. What keeps the
 * two apart:
 *
 * <ul>
 *   <li>Who wants to rely on a content {@linkplain #restore restores} it first, whether it is there or not, and looks
 *       afterwards whether it is there.
 *   <li>Who deletes contents marks them, and waits for the trash period. Longer than that nobody may take from restoring
 *       to writing an index. Then he says until when he will delete them, looks into all indexes once more, deletes what
 *       none needs, and stops before that time.
 *   <li>Who finds a content that is being deleted waits until that is over, by then or because it has another mark.
 * </ul>
 *
 * <p>Clocks may differ by some minutes.
 */
public final class TrashBin {

    /** Where the list is. */
    public static final ObjectKey KEY = StoreLayout.ROOT.resolve("trash.json");

    private final RetryingStore store;
    private final AtomicObject<Trash> list;
    private final Duration pause;
    private final InstantSource clock;
    private final Progress progress;

    /** @param pause between two looks at what is being deleted */
    public TrashBin(RetryingStore store, Duration pause, InstantSource clock, Progress progress) {
        this.store = store;
        this.list = new AtomicObject<>(store, KEY, Format.JSON);
        this.pause = pause;
        this.clock = clock;
        this.progress = progress;
    }

    private enum Format implements AtomicObject.Format<Trash> {
        JSON;

        @Override
        public Trash absent() {
            return Trash.EMPTY;
        }

        @Override
        public Trash parse(byte[] bytes, String origin) {
            return Trash.parse(bytes, origin);
        }

        @Override
        public Content content(Trash trash) {
            return trash.toJson();
        }
    }

    public Trash trash() throws StoreException {
        return list.get();
    }

    /**
     * Changes the list.
     *
     * @param change may be asked several times, as others change the list, too
     * @return what the list is now
     */
    public Trash change(UnaryOperator<Trash> change) throws StoreException {
        return list.update(change::apply);
    }

    /** Sees to it that none of these contents is deleted during the next trash period, if it is there. */
    public void restore(Collection<Digest> contents) throws StoreException {
        boolean told = false;
        while (true) {
            List<Digest> waiting = new ArrayList<>();
            change(trash -> {
                Instant now = clock.instant();
                waiting.clear();
                HashSet<Digest> restored = new HashSet<>();
                for (Digest content : contents) {
                    Trash.TrashedObject object = trash.objects().get(content);
                    if (object != null && object.isBeingDeleted(now)) {
                        waiting.add(content);
                    } else {
                        restored.add(content);
                    }
                }
                return trash.withoutObjects(restored);
            });
            if (waiting.isEmpty()) {
                return;
            }
            if (!told) {
                progress.report(new Progress.Event.Note("Some of this is being deleted from " + store.address()
                        + " at this moment. Waiting until that is over, a quarter of an hour at most."));
                told = true;
            }
            sleep();
        }
    }

    /**
     * Restores all files of images that were taken out.
     *
     * @param nextStep what else can be done if one of them is deleted already
     * @throws FaultException failed work, if one of them is
     */
    public void restoreImages(Collection<PublishedImage> images, String nextStep) throws StoreException {
        restore(images.stream()
                .flatMap(image -> image.files().stream())
                .map(file -> file.fingerprint().sha256())
                .toList());
        for (PublishedImage image : images) {
            for (PublishedImage.PublishedFile file : image.files()) {
                if (store.find(file.key()).isEmpty()) {
                    throw new FaultException(
                            FaultException.Category.FAILED_WORK,
                            "That build of " + image.name() + " cannot be put back: " + file.name() + " is deleted.",
                            nextStep,
                            null);
                }
            }
        }
    }

    private void sleep() {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
        }
    }
}
