package io.metalimages.catalog;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The system's Chromium, steered by Playwright, whose driver and the rules of axe come from npm into {@code target}. */
final class Browser implements AutoCloseable {

    /** A package of npm, and what its archive has to be. */
    private record Pinned(String name, String version, String integrity) {}

    private static final List<Pinned> PACKAGES = List.of(
            new Pinned(
                    "playwright-core",
                    "1.62.0",
                    "sha512-nsNRyq0r2zsG8AcRHWknc9QRA5XCueC7gWMrs+Gx2tlZn9hcl8zudfh00lhJPY1DE7NmZ6bDsT9g2yey8mXljA=="),
            new Pinned(
                    "axe-core",
                    "4.14.1",
                    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="));

    private static final int OLDEST_NODE = 20;
    private static final Path DIRECTORY = Path.of("target/browser").toAbsolutePath();
    private static final Path MODULES = DIRECTORY.resolve("node_modules");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;

    private Browser(Playwright playwright, com.microsoft.playwright.Browser chromium) {
        this.playwright = playwright;
        this.chromium = chromium;
    }

    /** Skips the test, saying why, where there is no browser to be had. */
    static Browser start() throws IOException, InterruptedException {
        Path chromium = program("chromium");
        Path node = program("node");
        Path npm = program("npm");
        String version = run(List.of(node.toString(), "--version")).strip();
        assumeTrue(
                Integer.parseInt(version.replaceAll("^v|\\..*", "")) >= OLDEST_NODE,
                "Playwright's driver needs Node.js " + OLDEST_NODE + ", and this machine has " + version);
        install(npm);
        Path driver = Files.createDirectories(DIRECTORY.resolve("driver"));
        Path link = driver.resolve("package");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, MODULES.resolve("playwright-core"));
        System.setProperty("playwright.cli.dir", driver.toString());
        Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", node.toString(), "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        List<String> options = Host.isRoot() ? List.of("--no-sandbox") : List.of();
        return new Browser(
                playwright,
                playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(chromium)
                                .setArgs(options)));
    }

    com.microsoft.playwright.Browser chromium() {
        return chromium;
    }

    /** The script that looks for what keeps people from using a page. */
    static String axe() throws IOException {
        return Files.readString(MODULES.resolve("axe-core/axe.min.js"));
    }

    private static Path program(String name) {
        Optional<Path> found = Stream.of(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(found.isPresent(), "there is no " + name + " on this machine");
        return found.orElseThrow();
    }

    private static void install(Path npm) throws IOException, InterruptedException {
        if (isInstalled()) {
            return;
        }
        Files.createDirectories(DIRECTORY);
        List<String> command = new ArrayList<>(List.of(
                npm.toString(),
                "install",
                "--prefix",
                DIRECTORY.toString(),
                "--no-save",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund"));
        PACKAGES.forEach(each -> command.add(each.name() + "@" + each.version()));
        String output = run(command);
        if (!Files.exists(MODULES.resolve(".package-lock.json"))) {
            abort("npm could not install Playwright's driver and axe: " + output);
        }
        if (!isInstalled()) {
            throw new IOException("npm installed something else than what is pinned in " + Browser.class.getName());
        }
    }

    private static boolean isInstalled() throws IOException {
        Path lock = MODULES.resolve(".package-lock.json");
        if (!Files.exists(lock)) {
            return false;
        }
        JsonNode installed =
                JsonMapper.shared().readTree(Files.readString(lock)).path("packages");
        return PACKAGES.stream()
                .allMatch(each -> each.integrity()
                        .equals(installed
                                .path("node_modules/" + each.name())
                                .path("integrity")
                                .asString("")));
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(Path.of("target").toAbsolutePath().toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @Override
    public void close() {
        playwright.close();
    }
}
