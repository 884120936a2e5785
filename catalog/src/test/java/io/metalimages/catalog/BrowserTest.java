package io.metalimages.catalog;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Uses the pages of a small store, served by a web server on this machine, in a real browser. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrowserTest {

    /** In milliseconds. Only for what will never come: a busy machine may take its time. */
    private static final double NEVER = 300_000;

    /** Pages that are as many others. */
    private static final Pattern ALIKE = Pattern.compile("/pull_requests/branch-|/2025011[1-9]");

    private static final String EVIL = "<script>alert(1)</script>";

    private Path root;
    private HttpServer server;
    private Browser browser;
    private String origin;

    @BeforeAll
    void serve(@TempDir Path directory) throws Exception {
        browser = Browser.start();
        PlaywrightAssertions.setDefaultAssertionTimeout(NEVER);
        SampleStore sample = new SampleStore(directory.toRealPath().resolve("store")).fill();
        for (int number = 0; number <= Shelf.MOST; number++) {
            sample.publish(
                    "pull_requests/branch-" + (100 + number), "debian/12", "2026-01-20T09:00:00Z", 1000, Map.of());
        }
        for (int day = 10; day < 10 + Site.SHOWN; day++) {
            sample.publish("202501" + day, "debian/12", "2025-01-" + day + "T09:00:00Z", 440_000_000 + day, Map.of());
        }
        sample.publish(
                "stable",
                "evil/1",
                "2026-11-20T09:00:00Z",
                1000,
                Map.of(
                        "packages.txt",
                        SampleStore.dpkg(EVIL + " " + EVIL + " " + EVIL, "\"><img/src=x/onerror=alert(1)> 1 '\">"),
                        "evil\" onclick=\"alert(1)",
                        "x"));
        root = sample.root();
        try (ObjectStore store = sample.open()) {
            new CatalogWriter(Progress.SILENT)
                    .write(
                            store,
                            store,
                            new CatalogWriter.Options(
                                    "Images", new PublicUrl("https://images.example.com"), Set.of("almalinux"), false));
        }
        server = SimpleFileServer.createFileServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), root, SimpleFileServer.OutputLevel.NONE);
        server.start();
        origin = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.stop(0);
        }
        if (browser != null) {
            browser.close();
        }
    }

    private List<String> paths() throws IOException {
        List<String> paths = new ArrayList<>(List.of("/"));
        try (Stream<Path> files = Files.walk(root.resolve("catalog"))) {
            files.filter(file -> file.toString().endsWith(".html"))
                    .map(file -> "/" + root.relativize(file))
                    .filter(path -> !ALIKE.matcher(path).find())
                    .sorted()
                    .forEach(paths::add);
        }
        assertThat(paths).hasSizeGreaterThan(10);
        return paths;
    }

    private BrowserContext context(ColorScheme scheme, int width) {
        return context(new com.microsoft.playwright.Browser.NewContextOptions()
                .setColorScheme(scheme)
                .setViewportSize(width, 800)
                .setPermissions(List.of("clipboard-read", "clipboard-write")));
    }

    private BrowserContext context(com.microsoft.playwright.Browser.NewContextOptions options) {
        BrowserContext context = browser.chromium().newContext(options);
        context.setDefaultTimeout(NEVER);
        return context;
    }

    private static Object copied(Page page) {
        return page.evaluate("navigator.clipboard.readText()");
    }

    @Test
    void packageIsFoundAndChecksumsAreCopied() {
        try (BrowserContext context = context(ColorScheme.LIGHT, 1440)) {
            Page page = context.newPage();
            page.navigate(origin + "/");
            page.getByLabel("Search images, releases and packages").fill("openssl debian/12");
            Locator found = page.locator("#found-list a");
            assertThat(found).hasCount(1);
            assertThat(found).containsText("3.0.13-1~deb12u1");
            assertThat(page.locator("#status")).containsText("1 packages");
            found.click();
            assertThat(page).hasURL(Pattern.compile(".*/catalog/debian/12/index\\.html#package-openssl"));
            assertThat(page.locator("tr:target")).containsText("3.0.13-1~deb12u1");
            for (String what : List.of("Id", "URL", "SHA-256", "MD5", "Signature", "Commit", "Command", "YAML")) {
                Locator button = page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Copy " + what).setExact(true));
                button.click();
                assertThat(page.locator("#status")).hasText(what + " copied");
                assertThat(copied(page))
                        .isEqualTo(page.locator("#" + button.getAttribute("data-copy"))
                                .textContent());
            }
            assertThat((String) copied(page))
                    .startsWith("id: debian-12.0.20261115\n")
                    .contains("\nfeatures:\n  - machine\n");
        }
    }

    @Test
    void namesReleasesAndIdsAreFound() {
        try (BrowserContext context = context(ColorScheme.LIGHT, 1440)) {
            Page page = context.newPage();
            page.navigate(origin + "/");
            Locator search = page.locator("#search");
            Locator rows = page.locator("[data-words]:visible");
            int all = rows.count();
            for (Map.Entry<String, String> each : Map.of(
                            "debian-13.0.2026", "debian/13",
                            "FIREWALL ubuntu", "firewall/3.0-ubuntu",
                            "new-kernel", "debian/12",
                            "almalinux", "almalinux/9")
                    .entrySet()) {
                search.fill(each.getKey());
                assertThat(page.locator("[data-words]:visible:has-text('" + each.getValue() + "')")
                                .first())
                        .isVisible();
                assertThat(rows.count()).isLessThan(all);
            }
            search.fill("no such thing");
            assertThat(page.getByText("Nothing in the store is called so.")).isVisible();
            search.press("Escape");
            assertThat(rows).hasCount(all);
            page.navigate(origin + "/catalog/debian/12/index.html");
            page.getByLabel("Filter packages").fill("toolkit crypto");
            assertThat(page.locator("#package-table tbody tr:visible")).hasCount(1);
        }
    }

    @Test
    void olderReleasesAndBranchesAreReached() {
        try (BrowserContext context = context(ColorScheme.LIGHT, 1440)) {
            Page page = context.newPage();
            page.navigate(origin + "/catalog/debian/12/index.html");
            assertThat(page.getByText("Newest builds")).isVisible();
            follow(page, "2025");
            assertThat(page.locator(".channel-list > li")).hasCount(Site.SHOWN);
            follow(page, "debian/12");
            page.waitForURL("**/catalog/debian/12/20250121.html");
            page.navigate(origin + "/");
            follow(page, "All 102 branches");
            follow(page, "branch-…");
            assertThat(page.locator("h1")).hasText("Branches branch-…");
            follow(page, "branch-200");
            follow(page, "debian/12");
            page.waitForURL("**/catalog/debian/12/pull_requests/branch-200.html");
        }
    }

    private static void follow(Page page, String link) {
        page.locator("main")
                .getByRole(
                        AriaRole.LINK,
                        new Locator.GetByRoleOptions().setName(link).setExact(true))
                .first()
                .click();
    }

    private static void tabTo(Page page, String text) {
        for (int presses = 0; presses < 200; presses++) {
            page.keyboard().press("Tab");
            String focused = (String) page.evaluate(
                    "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()");
            if (focused.startsWith(text)) {
                return;
            }
        }
        throw new AssertionError("Nothing that can have the focus is called " + text);
    }

    @Test
    void keyboardAloneLeadsFromTheSearchToACopy() {
        try (BrowserContext context = context(ColorScheme.DARK, 1440)) {
            Page page = context.newPage();
            page.navigate(origin + "/");
            page.keyboard().press("Tab");
            assertThat(page.getByText("Skip to the content")).isFocused();
            page.keyboard().press("/");
            assertThat(page.locator("#search")).isFocused();
            page.keyboard().type("debian/13");
            assertThat(page.locator("#status")).containsText("images and releases");
            assertThat(page.locator(".images tbody tr:visible")).hasCount(1);
            tabTo(page, "debian/13");
            page.keyboard().press("Enter");
            page.waitForURL("**/catalog/debian/13/index.html");
            tabTo(page, "Copy URL");
            page.keyboard().press("Enter");
            assertThat(page.locator("#status")).hasText("URL copied");
            assertThat(copied(page)).isEqualTo("https://images.example.com/metal-os/20261115/debian/13/img.tar.lz4");
        }
    }

    @Test
    void pagesFitSmallAndLargeScreens() throws Exception {
        for (int width : new int[] {360, 1440}) {
            try (BrowserContext context = context(ColorScheme.LIGHT, width)) {
                Page page = context.newPage();
                for (String path : paths()) {
                    page.navigate(origin + path);
                    assertThat(page.evaluate("document.documentElement.scrollWidth"))
                            .as(path + " at " + width)
                            .isEqualTo(width);
                    assertThat((List<?>) page.evaluate("""
                            [...document.querySelectorAll('body *')]
                              .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
                                && each.checkVisibility() && parseFloat(getComputedStyle(each).fontSize) < 12)
                              .map((each) => each.textContent)"""))
                            .as("too small on " + path)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void coloursFollowTheSystemAndTheReader() {
        String background = "getComputedStyle(document.body).backgroundColor";
        try (BrowserContext light = context(ColorScheme.LIGHT, 1440);
                BrowserContext dark = context(ColorScheme.DARK, 1440)) {
            Page page = light.newPage();
            page.navigate(origin + "/");
            Page other = dark.newPage();
            other.navigate(origin + "/");
            Object bright = page.evaluate(background);
            assertThat(other.evaluate(background)).isNotEqualTo(bright);
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Dark"))
                    .click();
            assertThat(page.evaluate(background)).isEqualTo(other.evaluate(background));
            page.navigate(origin + "/catalog/debian/12/index.html");
            assertThat(page.evaluate(background)).isEqualTo(other.evaluate(background));
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Light"))
                    .click();
            assertThat(page.evaluate(background)).isEqualTo(bright);
        }
    }

    @Test
    void pagesWorkWithoutJavaScript() {
        try (BrowserContext context =
                context(new com.microsoft.playwright.Browser.NewContextOptions().setJavaScriptEnabled(false))) {
            Page page = context.newPage();
            page.navigate(origin + "/");
            assertThat(page.locator("#search")).isHidden();
            assertThat(page.locator("#theme")).isHidden();
            assertThat(page.locator(".images tbody tr:visible")).hasCount(5);
            page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("debian/12"))
                    .first()
                    .click();
            assertThat(page).hasURL(Pattern.compile(".*/catalog/debian/12/index\\.html"));
            assertThat(page.locator("button:visible")).hasCount(0);
            assertThat(page.locator("#copy-sha256")).hasText(Pattern.compile("[0-9a-f]{64}"));
            assertThat(page.locator("#package-table tbody tr:visible")).hasCount(6);
        }
    }

    @Test
    void noRequestLeavesTheOriginAndNothingIsBlocked() throws Exception {
        List<String> requests = new ArrayList<>();
        List<String> complaints = new ArrayList<>();
        try (BrowserContext context = context(ColorScheme.LIGHT, 1440)) {
            Page page = context.newPage();
            page.onRequest(request -> requests.add(request.url()));
            page.onConsoleMessage(message -> complaints.add(message.text()));
            page.onPageError(complaints::add);
            page.onResponse(response -> {
                if (response.status() >= 400) {
                    complaints.add(response.status() + " " + response.url());
                }
            });
            for (String path : paths()) {
                page.navigate(origin + path);
            }
            page.navigate(origin + "/");
            page.locator("#search").fill("openssl");
            assertThat(page.locator("#found-list a").first()).isVisible();
        }
        assertThat(complaints).isEmpty();
        assertThat(requests).hasSizeGreaterThan(20).allMatch(url -> url.startsWith(origin + "/"));
    }

    @Test
    void hostileNamesStayText() {
        List<String> dialogs = new ArrayList<>();
        try (BrowserContext context = context(ColorScheme.LIGHT, 1440)) {
            Page page = context.newPage();
            page.onDialog(dialog -> {
                dialogs.add(dialog.message());
                dialog.dismiss();
            });
            page.navigate(origin + "/");
            page.locator("#search").fill("alert");
            assertThat(page.locator("#found-list a")).hasCount(2);
            assertThat(page.locator("#found-list")).containsText(EVIL);
            page.locator("#found-list a").first().click();
            page.waitForURL("**/catalog/evil/1/index.html#*");
            assertThat(page.locator("tr:target")).hasCount(1);
            assertThat(page.locator("main script, main img, [onclick]")).hasCount(0);
            assertThat(page.locator("script")).hasCount(1);
        }
        assertThat(dialogs).isEmpty();
    }

    @Test
    void axeFindsNothingOnAnyPage() throws Exception {
        String axe = Browser.axe();
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            try (BrowserContext context = context(new com.microsoft.playwright.Browser.NewContextOptions()
                    .setColorScheme(scheme)
                    .setReducedMotion(ReducedMotion.REDUCE))) {
                Page page = context.newPage();
                for (String path : paths()) {
                    page.navigate(origin + path);
                    page.evaluate(axe);
                    assertThat((List<?>) page.evaluate("""
                            axe.run({resultTypes: ['violations']}).then((result) => result.violations.flatMap((violation) =>
                              violation.nodes.map((node) => violation.id + ': ' + node.html + ' ' + node.failureSummary)))"""))
                            .as(path + " in " + scheme)
                            .isEmpty();
                }
            }
        }
    }
}
