package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.engine.Progress;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store with images in its channels; what the suites of releasing and pruning start from. */
public abstract class ImagesInStore {

    public static final Channel STABLE = new Channel.Stable();
    public static final ImageName DEBIAN = ImageName.parse("debian/12");
    public static final ImageName FIREWALL = ImageName.parse("firewall/3.0-ubuntu");
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    public static final Instant START = Instant.parse("2026-06-15T12:00:00Z");
    public static final Duration NO_PAUSE = Duration.ofNanos(1000);

    @TempDir
    public Path directory;

    public final ConcurrentLinkedQueue<Progress.Event> events = new ConcurrentLinkedQueue<>();
    public volatile Instant now = START;
    public final InstantSource clock = () -> now;
    public ObjectStore store;

    public abstract ObjectStore openEmpty() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = openEmpty();
    }

    @AfterEach
    void close() {
        store.close();
    }

    public static Channel.Release release(String day) {
        return (Channel.Release) Channel.parse(day);
    }

    public static LocalDate day(String day) {
        return release(day).date();
    }

    public Channels channels() {
        return new Channels(store, events::add);
    }

    List<String> notes() {
        return events.stream()
                .flatMap(event ->
                        event instanceof Progress.Event.Note(String message) ? Stream.of(message) : Stream.empty())
                .toList();
    }

    /** The files of an image; equal for equal contents. */
    public static SequencedMap<String, byte[]> files(String content, String packages) {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        byte[] tarball = ("tarball of " + content).getBytes(StandardCharsets.UTF_8);
        Fingerprint fingerprint = Fingerprint.of(tarball);
        files.put("img.tar.lz4", tarball);
        files.put("img.tar.lz4.md5", (fingerprint.md5() + "  img.tar.lz4\n").getBytes(StandardCharsets.UTF_8));
        files.put("packages.txt", packages.getBytes(StandardCharsets.UTF_8));
        return files;
    }

    /** Publishes an image, plain names included. */
    public PublishedImage publish(Channel channel, ImageName name, String content) throws IOException {
        return publish(channel, name, true, files(content, ""));
    }

    public PublishedImage publish(Channel channel, ImageName name, boolean tested, SequencedMap<String, byte[]> files)
            throws IOException {
        List<PublishedImage.PublishedFile> published = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Content content = Content.of(file.getValue());
            ObjectKey key = StoreLayout.object(content.fingerprint().sha256());
            if (store.find(key).isEmpty()) {
                store.writeIfAbsent(key, content);
            }
            published.add(new PublishedImage.PublishedFile(file.getKey(), content.fingerprint()));
        }
        PublishedImage image = new PublishedImage(name, now, Optional.of(COMMIT), tested, Optional.empty(), published);
        channels().change(channel, index -> index.with(List.of(image)));
        channels().changeNames(channel);
        return image;
    }

    public byte[] bytes(ObjectKey key) throws IOException {
        try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
            return reader.content().readAllBytes();
        }
    }

    public String text(String key) throws IOException {
        return new String(bytes(new ObjectKey(key)), StandardCharsets.UTF_8);
    }

    /** All that can be told of what is in the store. */
    public SequencedMap<String, Fingerprint> state() throws IOException {
        SequencedMap<String, Fingerprint> state = new LinkedHashMap<>();
        List<ObjectKey> keys;
        try (Stream<ObjectSummary> objects = store.list("")) {
            keys = objects.map(ObjectSummary::key).toList();
        }
        for (ObjectKey key : keys) {
            state.put(key.value(), Fingerprint.of(bytes(key)));
        }
        return state;
    }

    /** Follows every index: whatever it names has to be there, and be what it says. */
    public void assertIndexesWhole() throws IOException {
        for (Channel channel : channels().list()) {
            for (PublishedImage image : channels().index(channel).images().values()) {
                for (PublishedImage.PublishedFile file : image.files()) {
                    assertThat(store.holds(file.key(), file.fingerprint()))
                            .as(channel.path() + "/" + image.name() + "/" + file.name())
                            .isTrue();
                }
            }
        }
    }

    /** The plain names of a channel are those that its index says, and no others. */
    public void assertNamesFit(Channel channel) throws IOException {
        List<String> names = new ArrayList<>();
        for (PublishedImage image : channels().index(channel).images().values()) {
            for (PublishedImage.PublishedFile file : image.files()) {
                ObjectKey name = StoreLayout.directory(channel, image.name()).resolve(file.name());
                names.add(name.value());
                assertThat(Fingerprint.of(bytes(name))).as(name.value()).isEqualTo(file.fingerprint());
            }
        }
        List<String> present;
        try (Stream<ObjectSummary> objects =
                store.list(StoreLayout.ROOT.resolve(channel.path()).value())) {
            present = objects.map(object -> object.key().value())
                    .filter(key -> !key.endsWith("/index.json") && !key.endsWith("/" + Releaser.NOTES))
                    .toList();
        }
        assertThat(present).containsExactlyInAnyOrderElementsOf(names);
    }
}
