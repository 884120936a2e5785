package io.metalimages.store.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.DyingProcess;
import io.metalimages.store.channel.ImagesInStore;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Processes that release and prune a directory are killed, each at another moment. */
final class KilledMaintenanceTest extends ImagesInStore {

    private static final int KILLED = 128 + 9;
    private static final long SEED = 9;
    private static final Channel.Release OLD = release("20230101");
    private static final Channel.Release NEW = release("20230701");

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(root());
    }

    private Path root() {
        return directory.resolve("store");
    }

    private int run(String what, int moment) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingProcess.class.getName(),
                        what,
                        root().toString(),
                        Integer.toString(moment)))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Returns whether it was killed. */
    private boolean isKilled(String what, int moment) throws IOException, InterruptedException {
        int status = run(what, moment);
        assertThat(status).as(what + " at " + moment).isIn(0, KILLED);
        assertIndexesWhole();
        return status == KILLED;
    }

    private void finish(String what) throws IOException, InterruptedException {
        assertThat(run(what, Integer.MAX_VALUE)).isZero();
        assertIndexesWhole();
        for (Channel channel : channels().list()) {
            assertNamesFit(channel);
        }
    }

    private void fill() throws IOException {
        now = Instant.parse("2023-01-01T00:00:00Z");
        publish(OLD, DEBIAN, "debian 1");
        publish(STABLE, DEBIAN, "debian 2");
        publish(STABLE, FIREWALL, "firewall 2");
    }

    private void release(int moment) throws IOException, InterruptedException {
        isKilled(DyingProcess.RELEASE, moment);
        assertThat(channels().index(NEW).images().size()).isIn(0, 2);
        finish(DyingProcess.RELEASE);
        assertThat(channels().index(NEW).images())
                .isEqualTo(channels().index(STABLE).images());
    }

    private void prune(int moment) throws IOException, InterruptedException {
        isKilled(DyingProcess.PRUNE, moment);
        finish(DyingProcess.PRUNE);
        assertThat(channels().index(OLD).images()).isEmpty();
        assertThat(channels().index(NEW).images())
                .isEqualTo(channels().index(STABLE).images());
    }

    @Test
    void whatIsKilledIsFinishedByTheNextOne() throws Exception {
        Random random = new Random(SEED);
        fill();
        release(random.nextInt(60));
        prune(random.nextInt(60));
        for (PublishedImage image : channels().index(STABLE).images().values()) {
            assertThat(text("metal-os/20230701/" + image.name() + "/img.tar.lz4"))
                    .startsWith("tarball of ");
        }
    }

    @Test
    @Tag("slow")
    void whatIsKilledOverAndOverIsFinishedInTheEnd() throws Exception {
        fill();
        int kills = 0;
        for (int moment = 0; isKilled(DyingProcess.RELEASE, moment); moment++) {
            assertThat(channels().index(NEW).images().size()).isIn(0, 2);
            kills++;
        }
        finish(DyingProcess.RELEASE);
        for (int moment = 0; isKilled(DyingProcess.PRUNE, moment); moment++) {
            kills++;
        }
        finish(DyingProcess.PRUNE);
        assertThat(channels().index(OLD).images()).isEmpty();
        assertThat(channels().index(NEW).images())
                .isEqualTo(channels().index(STABLE).images());
        assertThat(kills).isGreaterThan(40);
    }
}
