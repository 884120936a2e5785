package io.metalimages.supplychain;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.supplychain.packages.DebianTree;
import io.metalimages.supplychain.packages.InstalledPackage;
import io.metalimages.supplychain.packages.Inventory;
import io.metalimages.supplychain.packages.SecurityUpdates;
import io.metalimages.testing.Host;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.spdx.core.InvalidSPDXAnalysisException;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.library.SpdxModelFactory;
import org.spdx.storage.simple.InMemSpdxStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bills of materials, judged by the libraries of those who made the formats. */
final class BillOfMaterialsTest {

    @TempDir
    private Path directory;

    private Inventory inventory = new Inventory(Optional.empty(), false, List.of());

    /** SPDX's library would ask its project's server for the list of licences; it brings one along. */
    @BeforeAll
    static void stayOffline() {
        System.setProperty("org.spdx.useJARLicenseInfoOnly", "true");
        SpdxModelFactory.init();
    }

    @BeforeEach
    void readTree() throws IOException {
        inventory = Inventory.read(SampleImage.tree(directory.resolve("root")).root());
    }

    private byte[] cycloneDx() {
        return CycloneDxDocument.of(SampleImage.IMAGE, inventory);
    }

    private byte[] spdx() {
        return SpdxDocument.of(SampleImage.IMAGE, inventory);
    }

    private JsonNode component(String name) {
        for (JsonNode component : JsonMapper.shared().readTree(cycloneDx()).path("components")) {
            if (component.path("name").asString("").equals(name)) {
                return component;
            }
        }
        throw new AssertionError("there is no component " + name);
    }

    private static List<String> verify(byte[] spdx) throws InvalidSPDXAnalysisException, IOException {
        MultiFormatStore store = new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON_PRETTY);
        return store.deSerialize(new ByteArrayInputStream(spdx), false).verify();
    }

    @Test
    void cycloneDxsLibraryIsContent() throws IOException {
        assertThat(new JsonParser().validate(cycloneDx(), Version.VERSION_16)).isEmpty();
    }

    /** So that the test above can fail. */
    @Test
    void cycloneDxsLibraryFindsFaults() throws IOException {
        String wrong = new String(cycloneDx(), StandardCharsets.UTF_8)
                .replace("\"id\" : \"MIT\"", "\"id\" : \"WIT\"")
                .replace("\"type\" : \"library\"", "\"type\" : \"bookshop\"");
        assertThat(new JsonParser().validate(wrong.getBytes(StandardCharsets.UTF_8), Version.VERSION_16))
                .isNotEmpty();
    }

    @Test
    void spdxsLibraryIsContent() throws Exception {
        assertThat(verify(spdx())).isEmpty();
    }

    @Test
    void spdxsLibraryFindsFaults() throws Exception {
        String wrong = new String(spdx(), StandardCharsets.UTF_8).replace("GPL-2.0-or-later", "GPL-9.0-or-later");
        assertThat(verify(wrong.getBytes(StandardCharsets.UTF_8))).isNotEmpty();
    }

    @Test
    void anUnknownSystemHasBillsToo() throws Exception {
        inventory = Inventory.read(Files.createDirectory(directory.resolve("empty")));
        assertThat(inventory.known()).isFalse();
        assertThat(new JsonParser().validate(cycloneDx(), Version.VERSION_16)).isEmpty();
        assertThat(verify(spdx())).isEmpty();
        assertThat(JsonMapper.shared()
                        .readTree(cycloneDx())
                        .path("compositions")
                        .path(0)
                        .path("aggregate")
                        .asString())
                .isEqualTo("unknown");
        assertThat(new String(spdx(), StandardCharsets.UTF_8)).contains("The packages of the image are not known.");
    }

    @Test
    void aPackageHasItsUrl() {
        assertThat(component("libsample++1").path("purl").asString())
                .isEqualTo("pkg:deb/debian/libsample%2B%2B1@1:2.3-4%2Bdeb12u1?arch=amd64&distro=debian-12"
                        + "&upstream=sample%402.3-4");
        assertThat(component("libc6").path("purl").asString())
                .isEqualTo("pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12");
    }

    /**
     * As Trivy reads CycloneDX (pkg/sbom/cyclonedx, pkg/sbom/io/decode.go): the component of the document counts among the
     * others, each has to be of one of five types, the only operating system tells the distribution, and a package's source
     * is in properties of Trivy's own, or has the package's name.
     */
    @Test
    void trivyFindsTheDistributionAndEachSourceInCycloneDx() {
        JsonNode document = JsonMapper.shared().readTree(cycloneDx());
        List<JsonNode> components =
                new ArrayList<>(List.of(document.path("metadata").path("component")));
        document.path("components").forEach(components::add);
        assertThat(components)
                .extracting(component -> component.path("type").asString())
                .isSubsetOf("container", "application", "library", "framework", "operating-system", "platform");
        assertThat(components.stream()
                        .filter(component -> component.path("type").asString().equals("operating-system"))
                        .map(component -> component.path("name").asString() + " "
                                + component.path("version").asString()))
                .containsExactly("debian 12");
        assertThat(trivySource("libsample++1")).isEqualTo("sample 2.3-4");
        assertThat(trivySource("libc6")).isEqualTo("libc6 2.36-9");
        inventory
                .items()
                .forEach(item -> assertThat(trivySource(item.installed().name()))
                        .isEqualTo(item.installed().source().name() + " "
                                + item.installed().source().version()));
    }

    private String trivySource(String name) {
        Map<String, String> properties = new HashMap<>();
        component(name)
                .path("properties")
                .forEach(property -> properties.put(
                        property.path("name").asString(), property.path("value").asString()));
        String prefix = "aquasecurity:trivy:Src";
        String epoch = properties.get(prefix + "Epoch");
        String release = properties.get(prefix + "Release");
        return properties.get(prefix + "Name") + " " + (epoch == null ? "" : epoch + ":")
                + properties.get(prefix + "Version") + (release == null ? "" : "-" + release);
    }

    /** As Trivy reads SPDX (pkg/sbom/spdx/unmarshal.go): of {@code sourceInfo}, all behind this prefix, in two words. */
    @Test
    void trivyFindsEachSourceInSpdx() {
        for (Inventory.Item item : inventory.items()) {
            JsonNode found = spdxPackage(item.url());
            assertThat(found.path("sourceInfo").asString())
                    .isEqualTo(
                            "built package from: " + item.installed().source().name() + " "
                                    + item.installed().source().version());
        }
        List<String> systems = new ArrayList<>();
        JsonMapper.shared().readTree(spdx()).path("packages").forEach(one -> {
            if (one.path("primaryPackagePurpose").asString("").equals("OPERATING_SYSTEM")
                    || one.path("primaryPackagePurpose").asString("").equals("OPERATING-SYSTEM")) {
                systems.add(one.path("name").asString());
            }
        });
        assertThat(systems).containsExactly("debian");
    }

    private JsonNode spdxPackage(String url) {
        for (JsonNode one : JsonMapper.shared().readTree(spdx()).path("packages")) {
            if (one.path("externalRefs")
                    .path(0)
                    .path("referenceLocator")
                    .asString("")
                    .equals(url)) {
                return one;
            }
        }
        throw new AssertionError("there is no package " + url);
    }

    /** As Grype reads both (syft/pkg/url.go): source and distribution are qualifiers of the package's URL. */
    @Test
    void grypeFindsEachSourceInThePackagesUrl() {
        for (Inventory.Item item : inventory.items()) {
            InstalledPackage one = item.installed();
            boolean sameAsSource = one.source().equals(new InstalledPackage.Source(one.name(), one.version()));
            assertThat(item.url()).contains("distro=debian-12");
            assertThat(item.url().contains("upstream=")).isEqualTo(!sameAsSource);
        }
    }

    @Test
    void ubuntusPackagesAreUbuntus() throws IOException {
        DebianTree tree = new DebianTree(directory.resolve("ubuntu"))
                .file("etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\n")
                .installed("bash", "5.1-6ubuntu1");
        inventory = Inventory.read(tree.root());
        assertThat(component("bash").path("purl").asString())
                .isEqualTo("pkg:deb/ubuntu/bash@5.1-6ubuntu1?arch=amd64&distro=ubuntu-22.04");
    }

    @Test
    void aPackageHasItsLicence() {
        assertThat(component("libsample++1")
                        .path("licenses")
                        .path(0)
                        .path("expression")
                        .asString())
                .matches("MIT AND \\(GPL-2.0-or-later OR Artistic-1.0\\) AND LicenseRef-UMich-[0-9a-f]{8}"
                        + " AND GPL-2.0-only WITH Linux-syscall-note AND LicenseRef-unnamed-[0-9a-f]{8}");
        assertThat(component("mawk").has("licenses")).isFalse();
        assertThat(new String(spdx(), StandardCharsets.UTF_8)).contains("Do as you like.\\n\\nBut do it well.");
    }

    /** The first of the alternatives that is there, also if another package provides it. */
    @Test
    void dependenciesAreThoseThatAreMet() {
        String purl = component("libsample++1").path("purl").asString();
        for (JsonNode dependency : JsonMapper.shared().readTree(cycloneDx()).path("dependencies")) {
            if (dependency.path("ref").asString("").equals(purl)) {
                assertThat(dependency.path("dependsOn").values().stream().map(JsonNode::asString))
                        .containsExactly(
                                component("libc6").path("purl").asString(),
                                component("mawk").path("purl").asString());
                return;
            }
        }
        throw new AssertionError("nothing depends on anything");
    }

    @Test
    void aHomepageIsAnAddress() {
        assertThat(component("libsample++1")
                        .path("externalReferences")
                        .path(0)
                        .path("url")
                        .asString())
                .isEqualTo("https://example.org/sample");
        assertThat(component("mawk").has("externalReferences")).isFalse();
    }

    @Test
    void theSameImageHasTheSameBills() throws IOException {
        byte[] cycloneDx = cycloneDx();
        byte[] spdx = spdx();
        inventory = Inventory.read(SampleImage.tree(directory.resolve("again")).root());
        assertThat(cycloneDx()).isEqualTo(cycloneDx);
        assertThat(spdx()).isEqualTo(spdx);
    }

    @Test
    void anotherImageHasAnotherSerialNumber() throws IOException {
        String serial =
                JsonMapper.shared().readTree(cycloneDx()).path("serialNumber").asString();
        String namespace =
                JsonMapper.shared().readTree(spdx()).path("documentNamespace").asString();
        inventory = Inventory.read(SampleImage.tree(directory.resolve("other"))
                .installed("bash", "1")
                .root());
        assertThat(JsonMapper.shared()
                        .readTree(cycloneDx())
                        .path("serialNumber")
                        .asString())
                .isNotEqualTo(serial);
        assertThat(JsonMapper.shared()
                        .readTree(spdx())
                        .path("documentNamespace")
                        .asString())
                .isNotEqualTo(namespace);
    }

    /** Whatever packages say of themselves, the bills are what their formats demand. */
    @Test
    void anyPackagesHaveValidBills() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        DebianTree tree = new DebianTree(directory.resolve("odd"));
        for (int count = 0; count < 60; count++) {
            String name = "p" + (char) ('a' + random.nextInt(4)) + "+".repeat(random.nextInt(3));
            tree.installed(
                    name,
                    random.nextInt(3) + ":" + random.nextInt(9) + "~",
                    "Maintainer: " + odd(random),
                    "Homepage: " + odd(random),
                    "Source: " + odd(random),
                    "Depends: " + odd(random) + ", pa, pb | pc",
                    "Description: " + odd(random));
            tree.document(
                    name,
                    "copyright",
                    ("Format: copyright-format\n\nFiles: *\nLicense: " + odd(random) + "\n\nLicense: " + odd(random)
                                    + "\n " + odd(random) + "\n")
                            .getBytes(StandardCharsets.UTF_8));
        }
        inventory = Inventory.read(tree.root());
        assertThat(new JsonParser().validate(cycloneDx(), Version.VERSION_16))
                .as("seed %d", seed)
                .isEmpty();
        assertThat(verify(spdx())).as("seed %d", seed).isEmpty();
    }

    /** What {@code metal-images build debian/12} made, if it did. */
    @Test
    @Tag("slow")
    void aRealImageHasValidBills() throws Exception {
        Path tarball = Path.of("..", "images", "debian", "12", "img.tar.lz4");
        Assumptions.assumeTrue(Files.isRegularFile(tarball), "images/debian/12 was not built");
        Host.assumeInstalled("lz4", "lz4");
        Path root = Files.createDirectory(directory.resolve("debian"));
        List<Process> unpacking = ProcessBuilder.startPipeline(List.of(
                new ProcessBuilder("lz4", "-dcq", tarball.toString()),
                new ProcessBuilder(
                        "tar", "-xC", root.toString(), "usr/share/doc", "usr/lib/os-release", "var/lib/dpkg/status")));
        assertThat(unpacking.getLast().waitFor()).isZero();
        inventory = Inventory.read(root);
        assertThat(inventory.items()).hasSizeGreaterThan(200);
        assertThat(inventory.items().stream()
                        .filter(item -> item.license().isPresent())
                        .count())
                .isGreaterThan(inventory.items().size() / 2);
        assertThat(new JsonParser().validate(cycloneDx(), Version.VERSION_16)).isEmpty();
        assertThat(verify(spdx())).isEmpty();
        SecurityUpdates updates = SecurityUpdates.read(root, SampleImage.IMAGE.date());
        assertThat(updates.sources())
                .allSatisfy(
                        source -> assertThat(source.flaw()).as(source.name()).isEmpty());
        assertThat(updates.find("linux-image-amd64").orElseThrow().updates()).isNotEmpty();
    }

    private static String odd(Random random) {
        List<String> pieces = List.of(
                "GPL-2+",
                " or ",
                " and ",
                ", and ",
                "MIT",
                "(",
                ")",
                "<",
                ">",
                "a@b",
                "\"",
                "\\",
                "\u0007",
                "é",
                "\uD83D\uDE00",
                " ",
                "https://x.org/%",
                "with",
                " WITH ",
                "-",
                ":",
                "AND",
                "OR");
        StringBuilder text = new StringBuilder();
        random.ints(random.nextInt(7), 0, pieces.size()).forEach(index -> text.append(pieces.get(index)));
        return text.toString();
    }
}
