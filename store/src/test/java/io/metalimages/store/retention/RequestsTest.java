package io.metalimages.store.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelSurvey;
import io.metalimages.store.channel.ImagesInStore;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.channel.SampleArtifact;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.CountingStore;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How often a store is asked depends on what is to be done, and not on how much else is there. */
final class RequestsTest extends ImagesInStore {

    private static final Duration PERIOD = Duration.ofDays(7);

    private final AtomicInteger stores = new AtomicInteger();

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store" + stores.incrementAndGet()));
    }

    @FunctionalInterface
    private interface Operation {
        void perform(ObjectStore asked) throws IOException;
    }

    private void assertAsOftenInALargeStore(Operation operation) throws Exception {
        assertThat(calls(60, operation)).isEqualTo(calls(4, operation));
    }

    /** In a store with so many releases and pull requests, in which nobody has anything to do but {@code operation}. */
    private int calls(int channels, Operation operation) throws Exception {
        return calls(channels, this::prune, operation);
    }

    private int calls(int channels, Operation before, Operation operation) throws Exception {
        now = START;
        store.close();
        store = openEmpty();
        PublishedImage image = publish(STABLE, DEBIAN, "debian");
        publish(STABLE, FIREWALL, "firewall");
        for (int number = 1; number <= channels; number++) {
            for (Channel channel : List.of(
                    new Channel.Release(day("20250101").plusDays(number)),
                    Channel.parse("pull_requests/number-" + number))) {
                channels().change(channel, index -> index.with(List.of(image)));
            }
        }
        publish(Channel.parse("pull_requests/old"), FIREWALL, "firewall of a pull request");
        now = now.plus(Duration.ofDays(1));
        before.perform(store);
        now = now.plus(Duration.ofDays(1));
        CountingStore counting = new CountingStore(store);
        operation.perform(counting);
        assertIndexesWhole();
        return counting.calls();
    }

    private void prune(ObjectStore asked) {
        prune(asked, 1000);
    }

    private void prune(ObjectStore asked, int pullRequestDays) {
        try (Pruner pruner = new Pruner(asked, NO_PAUSE, clock, Progress.SILENT)) {
            Pruner.Options options =
                    new Pruner.Options(new Retention(pullRequestDays, 1000, 10_000), List.of(), PERIOD);
            pruner.perform(pruner.plan(options), options);
        }
    }

    @Test
    void publishing() throws Exception {
        ArtifactLocation location = SampleArtifact.tested(directory.resolve("debian/12"), DEBIAN, 500, 1);
        assertAsOftenInALargeStore(asked -> new Publisher(
                        asked, SampleArtifact.INSPECTION, NO_PAUSE, clock, Progress.SILENT)
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, false)));
    }

    @Test
    void releasing() throws Exception {
        assertAsOftenInALargeStore(asked -> {
            Channel.Release today = new Channel.Release(LocalDate.ofInstant(now, ZoneOffset.UTC));
            Releaser releaser = new Releaser(asked, NO_PAUSE, clock, Progress.SILENT);
            releaser.perform(
                    releaser.plan(new Releaser.Options(today, STABLE, today.date(), false)),
                    new PublicUrl("https://images.example.com"),
                    false);
        });
    }

    @Test
    void pruningWhereThereIsNothingToPrune() throws Exception {
        assertAsOftenInALargeStore(this::prune);
    }

    @Test
    void pruningAfterAllPullRequestsWentIntoTheTrash() throws Exception {
        Operation all = asked -> {
            prune(asked, 0);
            assertThat(channels().index(Channel.parse("pull_requests/number-1")).images())
                    .isEmpty();
        };
        assertThat(calls(60, all, this::prune)).isEqualTo(calls(4, all, this::prune));
    }

    @Test
    void pruningWhatIsNew() throws Exception {
        assertAsOftenInALargeStore(asked -> {
            Channel fresh = Channel.parse("pull_requests/fresh");
            publish(fresh, FIREWALL, "firewall of another one");
            channels()
                    .change(
                            fresh,
                            index -> index.with(index.images().values().stream()
                                    .map(image -> new PublishedImage(
                                            image.name(),
                                            START.minus(Duration.ofDays(2000)),
                                            image.commit(),
                                            image.tested(),
                                            image.standIn(),
                                            image.files()))
                                    .toList()));
            prune(asked);
            assertThat(channels().index(fresh).images()).isEmpty();
        });
    }

    /** Whatever somebody did to it: it is made anew of the indexes. */
    @Test
    void whatIsRememberedOfIndexesIsNotReliedOn() throws Exception {
        publish(STABLE, DEBIAN, "debian 1");
        publish(STABLE, DEBIAN, "debian 2");
        prune(store);
        String survey = text(ChannelSurvey.KEY.value());
        assertThat(survey).contains("\"channel\":\"stable\"");
        for (String damaged : List.of(
                "", "{", "[]", survey.replace("\"format\":1", "\"format\":7"), "{\"format\":1,\"channels\":[{}]}")) {
            store.delete(ChannelSurvey.KEY);
            store.writeIfAbsent(ChannelSurvey.KEY, Content.of(damaged.getBytes(StandardCharsets.UTF_8)));
            now = now.plus(Duration.ofDays(8));
            prune(store);
            assertIndexesWhole();
            assertThat(text(ChannelSurvey.KEY.value())).as(damaged).isEqualTo(survey);
        }
    }
}
