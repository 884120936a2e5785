package io.metalimages.catalog;

import gg.jte.TemplateEngine;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.ProgramCode;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.ImageId;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.statement.TestResult;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Writes a store's pages: {@code index.html} at its root, and all else below {@code catalog}.
 *
 * <p>A page is written after those that it leads to, the front page last; what is as it should be is not written again; and
 * what no page leads to any more is deleted in the end. So a reader finds no link that leads nowhere, and a run that was
 * killed is finished by the next one. The pages depend on nothing but the channels' indexes, the files that they name, and
 * the options.
 *
 * <p>What was read and made is remembered beside the pages, in {@code catalog/memory.json}: a run reads the indexes that have
 * changed since the last one, and the files of the builds whose pages do. Nothing relies on that object; without it, all is
 * read. Not thread-safe.
 */
public final class CatalogWriter {

    private static final String AGAIN = "Run it again: what is there already is not written again.";

    /** What the pages are made by. */
    private static final List<Class<?>> PARTS = List.of(
            Digest.class,
            InstalledPackages.class,
            ImageId.class,
            TestResult.class,
            PublicUrl.class,
            TemplateEngine.class,
            CatalogWriter.class);

    private final Progress progress;

    public CatalogWriter(Progress progress) {
        this.progress = progress;
    }

    /**
     * What the pages are to be like.
     *
     * @param title what the whole is called
     * @param address where the store's root is seen from outside
     * @param unsupported the names of images, or of whole families of them, that are there without support
     * @param dryRun whether to look only, and change nothing
     */
    public record Options(String title, PublicUrl address, Set<String> unsupported, boolean dryRun) {

        public Options {
            unsupported = Set.copyOf(unsupported);
        }

        private boolean isSupported(ImageName name) {
            return !unsupported.contains(name.os()) && !unsupported.contains(name.toString());
        }
    }

    /**
     * What became of the pages.
     *
     * @param objects how many there are, assets included
     * @param written those that were not as they should be, or not there
     * @param deleted those that nothing leads to any more
     * @param bytes how many were written
     */
    public record Written(int objects, List<ObjectKey> written, List<ObjectKey> deleted, long bytes) {

        public Written {
            written = List.copyOf(written);
            deleted = List.copyOf(deleted);
        }
    }

    /**
     * Makes the pages of one store, and writes them into another one, or the same. Both stay open.
     *
     * <p>A channel whose index is damaged, or of a later version of this program, is shown as one that cannot be read.
     *
     * @throws FaultException if a store does not do its part, or a file that an index names is damaged
     */
    public Written write(ObjectStore store, ObjectStore target, Options options) {
        try {
            SiteWriter writer = SiteWriter.open(
                    RetryingStore.reporting(target, progress), progress, options.dryRun(), origin(store));
            Channels channels = new Channels(store, progress);
            IndexReader indexes = new IndexReader(channels, note -> progress.report(new Progress.Event.Note(note)));
            return CompareAndSwap.repeat(() -> {
                writer.begin();
                IndexReader.Inventory inventory = indexes.read(writer.channels());
                Site site = Site.of(options.title(), options.address(), inventory, options::isSupported);
                new SitePages(site, new DetailsReader(channels, indexes), writer).write();
                return writer.finish(inventory.builds());
            });
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /** Another program, or another store, may have had other pages. */
    private static Digest origin(ObjectStore store) {
        try {
            return Digest.of(ProgramCode.digest(PARTS) + " " + store.address());
        } catch (IOException e) {
            throw FaultException.failed("The program cannot read itself: " + InputOutputReason.of(e) + ".", e);
        }
    }
}
