package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;

/**
 * What is in all channels. An index is read once for each version that it has had: what was seen is remembered, also in the
 * store, in {@code metal-os/survey.json}, and holds for an index while that has the same version. Without that object, all indexes are
 * read. On this machine it is in a temporary file, such that in memory there is one index at a time, however many channels a store
 * has. To be closed. Not thread-safe.
 */
public final class ChannelSurvey implements AutoCloseable {

    /** Where it is remembered. */
    public static final ObjectKey KEY = StoreLayout.ROOT.resolve("survey.json");

    /** Looks at a channel. */
    @FunctionalInterface
    public interface Visitor {
        void visit(Channel channel, ChannelIndex index);
    }

    private final RetryingStore store;
    private final Channels channels;
    private final Set<String> shown = new HashSet<>();
    private Optional<Path> current = Optional.empty();
    private boolean changed;

    public ChannelSurvey(RetryingStore store, Channels channels) {
        this.store = store;
        this.channels = channels;
    }

    /** Looks at all indexes as they are now. */
    public void refresh() throws StoreException {
        if (current.isEmpty()) {
            current = Optional.of(download());
        }
        SortedMap<Channel, ObjectVersion> present = present();
        Path next = temporaryFile();
        boolean written = false;
        try {
            write(present, next);
            written = true;
        } finally {
            if (!written) {
                delete(next);
            }
        }
        delete(current.get());
        current = Optional.of(next);
    }

    private void write(SortedMap<Channel, ObjectVersion> present, Path next) throws StoreException {
        try (SurveyReader known = new SurveyReader(current.orElseThrow());
                JsonGenerator generator =
                        ChannelIndex.STRICT.createGenerator(new BufferedOutputStream(Files.newOutputStream(next)))) {
            generator.writeStartObject();
            generator.writeNumberProperty("format", SurveyReader.FORMAT);
            generator.writeArrayPropertyStart("channels");
            for (Map.Entry<Channel, ObjectVersion> each : present.entrySet()) {
                SurveyReader.Entry entry = new SurveyReader.Entry(each.getKey(), each.getValue());
                Optional<ChannelIndex> index = known.find(entry);
                if (index.isPresent()) {
                    write(entry, index.get(), generator);
                } else {
                    AtomicObject.Versioned<ChannelIndex> read = channels.read(each.getKey());
                    read.version()
                            .ifPresent(version ->
                                    write(new SurveyReader.Entry(each.getKey(), version), read.value(), generator));
                    changed = true;
                }
            }
            generator.writeEndArray();
            generator.writeEndObject();
            changed |= !known.isUsedUp();
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw unwritable(next, e);
        } catch (JacksonIOException e) {
            throw unwritable(next, Objects.requireNonNull(e.getCause()));
        }
    }

    private Path download() throws StoreException {
        Path file = temporaryFile();
        try {
            store.readTo(KEY, file);
        } catch (StoreException.NoSuchObject absent) {
            // An empty file tells of no channel.
        }
        return file;
    }

    private static Path temporaryFile() {
        try {
            return Files.createTempFile("metal-images-survey-", ".json");
        } catch (IOException e) {
            throw unwritable(Path.of(System.getProperty("java.io.tmpdir")), e);
        }
    }

    private static FaultException unwritable(Path place, IOException cause) {
        return FaultException.missing(
                "What is in the channels cannot be written down in " + place + ": " + InputOutputReason.of(cause) + ".",
                "Free some space there.");
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private SortedMap<Channel, ObjectVersion> present() throws StoreException {
        SortedMap<Channel, ObjectVersion> present = new TreeMap<>(SurveyReader.ORDER);
        shown.clear();
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.ROOT.value())) {
            objects.filter(object -> StoreLayout.contentOf(object.key()).isEmpty())
                    .forEach(object -> {
                        String path = object.key().value();
                        shown.add(path.substring(0, path.lastIndexOf('/')));
                        StoreLayout.channelOfIndex(object.key())
                                .ifPresent(channel -> present.put(channel, object.version()));
                    });
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
        return present;
    }

    /** Visits all channels as they were when it was refreshed, ordered by their paths. */
    public void forEach(Visitor visitor) {
        Path file = current.orElseThrow(() -> new IllegalStateException("not refreshed"));
        try (SurveyReader reader = new SurveyReader(file)) {
            reader.forEach(visitor);
        } catch (IOException e) {
            throw FaultException.failed("Reading " + file + " failed: " + InputOutputReason.of(e) + ".", e);
        }
    }

    /**
     * The channels whose plain names were not what their index said, when all of it was last looked at: they still show images
     * that were taken out, or lack some that were put back. Somebody may have been stopped.
     *
     * @param trash tells what was put back
     */
    public List<Channel> unfinished(Trash trash) {
        Set<Channel> restored = new HashSet<>();
        trash.images().forEach(image -> restored.add(image.channel()));
        List<Channel> unfinished = new ArrayList<>();
        forEach((channel, index) -> {
            boolean showsMore = index.pruned().keySet().stream().anyMatch(name -> isShown(channel, name));
            boolean showsLess = restored.contains(channel)
                    && index.images().keySet().stream().anyMatch(name -> !isShown(channel, name));
            if (showsMore || showsLess) {
                unfinished.add(channel);
            }
        });
        return unfinished;
    }

    private boolean isShown(Channel channel, ImageName name) {
        return shown.contains(StoreLayout.directory(channel, name).value());
    }

    /** Keeps what was seen for the next one who wants to know. */
    public void keep() throws StoreException {
        if (!changed) {
            return;
        }
        Path file = current.orElseThrow(() -> new IllegalStateException("not refreshed"));
        Fingerprint fingerprint;
        try {
            fingerprint = Fingerprint.ofFile(file);
        } catch (IOException e) {
            throw FaultException.failed("Reading " + file + " failed: " + InputOutputReason.of(e) + ".", e);
        }
        CompareAndSwap.put(store, KEY, Content.ofFile(file, fingerprint));
        changed = false;
    }

    private static void write(SurveyReader.Entry entry, ChannelIndex index, JsonGenerator generator) {
        generator.writeStartObject();
        generator.writeStringProperty("version", entry.version().value());
        generator.writeName("index");
        index.write(generator);
        generator.writeEndObject();
    }

    @Override
    public void close() {
        current.ifPresent(ChannelSurvey::delete);
    }
}
