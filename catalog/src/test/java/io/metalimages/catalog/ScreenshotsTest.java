package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Photographs the pages of the images that were built here, for the README. Their older releases are made up: some packages
 * are set back by one update.
 */
@Tag("slow")
final class ScreenshotsTest {

    private static final Path IMAGES = Path.of("../images/debian");
    private static final Path PICTURES = Path.of("target/screenshots");
    private static final LocalDate NEWEST = LocalDate.of(2026, 11, 22);
    private static final int RELEASES = 6;
    private static final Pattern UPDATE = Pattern.compile("deb1[23]u([2-9]|1[0-9])");

    @TempDir
    private Path directory;

    private static Fingerprint tarball(Path image) throws IOException {
        return new Fingerprint(
                Files.size(image.resolve("img.tar.lz4")),
                Files.readString(image.resolve("img.tar.lz4.md5")).substring(0, 32),
                new Digest(Files.readString(image.resolve("img.tar.lz4.sha256")).substring(0, 64)));
    }

    /** The packages of an image some weeks earlier. */
    private static String earlier(String packages, int weeks) {
        return packages.lines()
                        .map(line -> Math.floorMod(line.hashCode(), 23) < weeks
                                ? UPDATE.matcher(line)
                                        .replaceAll(update -> update.group()
                                                .replaceFirst(
                                                        "[0-9]+$",
                                                        Integer.toString(Integer.parseInt(update.group(1)) - 1)))
                                : line)
                        .collect(Collectors.joining("\n"))
                + "\n";
    }

    private static void publish(SampleStore sample, String version) throws IOException {
        Path image = IMAGES.resolve(version);
        Fingerprint tarball = tarball(image);
        String packages = Files.readString(image.resolve("packages.txt"));
        sample.publish("stable", "debian/" + version, NEWEST + "T01:40:00Z", tarball, Map.of("packages.txt", packages));
        for (int weeks = 0; weeks < RELEASES; weeks++) {
            LocalDate day = NEWEST.minusWeeks(weeks);
            long bytes = tarball.bytes() - 900_000L * weeks * weeks + (weeks % 2) * 2_400_000L;
            sample.publish(
                    DateTimeFormatter.BASIC_ISO_DATE.format(day),
                    "debian/" + version,
                    day + "T01:40:00Z",
                    new Fingerprint(bytes, tarball.md5(), tarball.sha256()),
                    Map.of("packages.txt", earlier(packages, weeks)));
        }
    }

    private static void photograph(
            Browser browser, String url, String name, ColorScheme scheme, int width, int height) {
        try (BrowserContext context = browser.chromium()
                .newContext(new com.microsoft.playwright.Browser.NewContextOptions()
                        .setColorScheme(scheme)
                        .setViewportSize(width, height))) {
            Page page = context.newPage();
            page.navigate(url);
            page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
        }
    }

    @Test
    void picturesAreTaken() throws Exception {
        for (String version : new String[] {"12", "13"}) {
            assumeTrue(
                    Files.exists(IMAGES.resolve(version).resolve("img.tar.lz4.sha256")),
                    "debian/" + version + " was not built here");
        }
        Files.createDirectories(PICTURES);
        SampleStore sample = new SampleStore(directory.toRealPath().resolve("store"));
        publish(sample, "12");
        publish(sample, "13");
        try (Browser browser = Browser.start();
                ObjectStore store = sample.open()) {
            new CatalogWriter(Progress.SILENT)
                    .write(
                            store,
                            store,
                            new CatalogWriter.Options(
                                    "metal-stack images",
                                    new PublicUrl("https://images.metal-stack.io"),
                                    Set.of(),
                                    false));
            HttpServer server = SimpleFileServer.createFileServer(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    sample.root(),
                    SimpleFileServer.OutputLevel.NONE);
            server.start();
            String origin = "http://127.0.0.1:" + server.getAddress().getPort();
            photograph(browser, origin + "/", "catalog-front", ColorScheme.LIGHT, 1280, 900);
            photograph(
                    browser, origin + "/catalog/debian/12/index.html", "catalog-image", ColorScheme.DARK, 1280, 1000);
            photograph(browser, origin + "/catalog/debian/12/index.html", "catalog-phone", ColorScheme.LIGHT, 360, 780);
            server.stop(0);
        }
        assertThat(PICTURES.resolve("catalog-front.png")).isNotEmptyFile();
    }
}
