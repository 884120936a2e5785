package io.metalimages.cli.command.sign;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.SampleTest;
import io.metalimages.cli.TinyImage;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ContractInspection;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.supplychain.signature.ArtifactFiles;
import io.metalimages.supplychain.signature.SigningKey;
import io.metalimages.supplychain.signature.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A store in which somebody has changed the index of a channel, or what it names: each is refused by name. */
final class TamperedStoreTest {

    private static final SigningKey KEY = SigningKey.parse(
            "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getEncoder()
                            .encodeToString(HexFormat.of()
                                    .parseHex("302e020100300506032b657004220420"
                                            + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
                    + "\n-----END PRIVATE KEY-----\n",
            "a key");

    @TempDir
    private Path directory;

    /** What somebody does to a store. */
    @FunctionalInterface
    interface Tampering {
        void with(TamperedStoreTest store) throws Exception;
    }

    @BeforeEach
    void publish() throws Exception {
        publish("tiny/1", "stable");
        publish("tiny/2", "stable");
        publish("tiny/1", "pull_requests/x");
    }

    private void publish(String name, String channel) throws Exception {
        Path image = directory.resolve(channel).resolve(name);
        Path made = Files.createDirectories(directory.resolve("made/" + channel + "/" + name));
        TinyImage tiny = new TinyImage(made);
        tiny.file("etc/name", name + " of " + channel);
        tiny.exportWithDocumentsTo(image, name);
        SampleTest.write(image, name, true);
        ArtifactLocation location = ArtifactLocation.in(image);
        for (Map.Entry<String, byte[]> signature :
                Verification.sign(ArtifactFiles.in(location), KEY).entrySet()) {
            Files.write(location.sidecar(signature.getKey()), signature.getValue());
        }
        try (ObjectStore store = new StoreLocation(root().toString()).open()) {
            new Publisher(store, new ContractInspection(), Progress.SILENT)
                    .publish(new Publisher.Options(
                            Channel.parse(channel),
                            new TreeMap<>(Map.of(ImageName.parse(name), location)),
                            false,
                            false));
        }
    }

    private Path root() {
        return directory.resolve("store");
    }

    private Path index(String channel) {
        return root().resolve("metal-os").resolve(channel).resolve("index.json");
    }

    private void edit(Consumer<ObjectNode> change) throws IOException {
        ObjectNode index = (ObjectNode) JsonMapper.shared().readTree(index("stable"));
        change.accept(index);
        Files.write(index("stable"), JsonMapper.shared().writeValueAsBytes(index));
    }

    private void write(String text) throws IOException {
        Files.writeString(index("stable"), text);
    }

    private String text() throws IOException {
        return Files.readString(index("stable"));
    }

    private static ObjectNode image(JsonNode index, int number) {
        return (ObjectNode) index.path("images").path(number);
    }

    private static ArrayNode files(JsonNode index, int number) {
        return (ArrayNode) image(index, number).path("files");
    }

    private static ObjectNode file(JsonNode index, int number, String name) {
        return (ObjectNode) files(index, number)
                .valueStream()
                .filter(file -> file.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Has a file of the first image be that of the second. */
    private void exchange(String name) throws IOException {
        edit(index -> file(index, 0, name).setAll(file(index, 1, name)));
    }

    private Path object(String name) throws IOException {
        return root().resolve(file(JsonMapper.shared().readTree(index("stable")), 0, name)
                .path("key")
                .asString());
    }

    private static Arguments tampering(String what, String reason, Tampering tampering) {
        return Arguments.of(what, reason, tampering);
    }

    static Stream<Arguments> tamperings() {
        return Stream.of(
                tampering(
                        "the tarball is another image's",
                        "img.tar.lz4: It is not what was built",
                        store -> store.exchange("img.tar.lz4")),
                tampering(
                        "the checksum is another image's",
                        "img.tar.lz4.md5: It is not what was built",
                        store -> store.exchange("img.tar.lz4.md5")),
                tampering(
                        "the provenance is another image's",
                        "provenance.json: It is of tiny/2, and not of tiny/1.",
                        store -> store.exchange("provenance.json")),
                tampering(
                        "the signature is another image's",
                        "provenance.intoto.jsonl: What was signed is not what is in provenance.json.",
                        store -> store.exchange("provenance.intoto.jsonl")),
                tampering(
                        "the test is another image's",
                        "test-result.json: It is of another tarball",
                        store -> store.exchange("test-result.json")),
                tampering(
                        "the test and its signature are another image's",
                        "test-result.json: It is of another tarball",
                        store -> {
                            store.exchange("test-result.json");
                            store.exchange("test-result.intoto.jsonl");
                        }),
                tampering(
                        "all is another image's",
                        "provenance.json: It is of tiny/2, and not of tiny/1.",
                        store -> store.edit(index -> image(index, 0).set("files", files(index, 1)))),
                tampering(
                        "the names of two images are exchanged",
                        "provenance.json: It is of tiny/2, and not of tiny/1.",
                        store -> store.edit(index -> {
                            image(index, 0).put("version", "2");
                            image(index, 1).put("version", "1");
                        })),
                tampering("the tarball is another channel's", "img.tar.lz4: It is not what was built", store -> {
                    JsonNode other = JsonMapper.shared().readTree(store.index("pull_requests/x"));
                    store.edit(index -> file(index, 0, "img.tar.lz4").setAll(file(other, 0, "img.tar.lz4")));
                }),
                tampering(
                        "the index is another channel's",
                        "stable/index.json in STORE is damaged: it is not of this channel.",
                        store ->
                                Files.write(store.index("stable"), Files.readAllBytes(store.index("pull_requests/x")))),
                tampering(
                        "a file is added",
                        "packages.html: The provenance does not speak of it",
                        store -> store.edit(index -> files(index, 0)
                                .add(file(index, 0, "packages.txt").deepCopy().put("name", "packages.html")))),
                tampering(
                        "a file is left out",
                        "packages.txt: It is missing.",
                        store -> store.edit(index -> files(index, 0)
                                .removeIf(file -> file.path("name").asString().equals("packages.txt")))),
                tampering(
                        "the signature is left out",
                        "provenance.intoto.jsonl: It is missing",
                        store -> store.edit(index -> files(index, 0)
                                .removeIf(file -> file.path("name").asString().equals("provenance.intoto.jsonl")))),
                tampering(
                        "the test is left out",
                        "test-result.json: It is missing: nothing shows",
                        store -> store.edit(index -> files(index, 0)
                                .removeIf(file -> file.path("name").asString().startsWith("test-result.")))),
                tampering(
                        "the image is left out",
                        "There is no tiny/1 in the channel stable.",
                        store -> store.edit(index -> ((ArrayNode) index.path("images")).remove(0))),
                tampering("a bit of an object is flipped", "img.tar.lz4: It is not what the index", store -> {
                    Path object = store.object("img.tar.lz4");
                    byte[] bytes = Files.readAllBytes(object);
                    bytes[bytes.length / 2] ^= 1;
                    store.replace(object, bytes);
                }),
                tampering(
                        "an object is cut off",
                        "sbom.cdx.json: It is not what the index",
                        store -> store.replace(store.object("sbom.cdx.json"), new byte[10])),
                tampering(
                        "an object is empty",
                        "test-result.json: It is not what the index",
                        store -> store.replace(store.object("test-result.json"), new byte[0])),
                tampering(
                        "an object is gone",
                        "packages.txt: It cannot be read: it is not a regular file, or its content is lost.",
                        store -> Files.delete(store.object("packages.txt"))),
                tampering(
                        "a key leads to another object",
                        "the key of img.tar.lz4 of tiny/1 does not fit its SHA-256",
                        store -> store.edit(index -> file(index, 0, "img.tar.lz4")
                                .put(
                                        "key",
                                        file(index, 1, "img.tar.lz4")
                                                .path("key")
                                                .asString()))),
                tampering(
                        "a key leads out of the store",
                        "the key of img.tar.lz4 of tiny/1 does not fit its SHA-256",
                        store -> store.edit(
                                index -> file(index, 0, "img.tar.lz4").put("key", "../../../etc/passwd"))),
                tampering(
                        "a digest is none",
                        "is damaged: Not a SHA-256 digest",
                        store -> store.edit(
                                index -> file(index, 0, "img.tar.lz4").put("sha256", "0"))),
                tampering(
                        "a name leads up",
                        "a file of tiny/1 has no proper name",
                        store -> store.edit(
                                index -> file(index, 0, "img.tar.lz4").put("name", "../img.tar.lz4"))),
                tampering(
                        "a name has a directory",
                        "a file of tiny/1 has no proper name",
                        store -> store.edit(
                                index -> file(index, 0, "img.tar.lz4").put("name", "2/img.tar.lz4"))),
                tampering(
                        "a file is there twice",
                        "a file of tiny/1 is there twice",
                        store -> store.edit(index -> files(index, 0).add(file(index, 1, "img.tar.lz4")))),
                tampering(
                        "an image is there twice",
                        "tiny/1 is there twice",
                        store -> store.edit(index -> image(index, 1).put("version", "1"))),
                tampering(
                        "an image leads up",
                        "it has an image without a proper name",
                        store -> store.edit(index -> image(index, 0).put("version", ".."))),
                tampering(
                        "a member is there twice",
                        "is damaged: Duplicate",
                        store -> store.write(store.text().replaceFirst("\\{", "{ \"images\" : [ ],"))),
                tampering(
                        "the index is cut off",
                        "stable/index.json in STORE is damaged",
                        store -> store.write(
                                store.text().substring(0, store.text().length() / 2))),
                tampering("the index is empty", "stable/index.json in STORE is damaged", store -> store.write("")),
                tampering(
                        "the index is there twice",
                        "is damaged: something follows behind it",
                        store -> store.write(store.text() + store.text())),
                tampering(
                        "the index is of a later format",
                        "was written by a later version of this program",
                        store -> store.edit(index -> index.put("format", 2))),
                tampering(
                        "the index is gone",
                        "There is no tiny/1 in the channel stable.",
                        store -> Files.delete(store.index("stable"))));
    }

    /** Without writing into what its plain name shows. */
    private void replace(Path object, byte[] content) throws IOException {
        Files.delete(object);
        Files.write(object, content);
    }

    private List<Verification.Finding> verify() throws IOException, InterruptedException {
        try (StoreFiles files = StoreFiles.of("file://" + root() + "/metal-os/stable/tiny/1")) {
            return Verification.verify(
                            files,
                            List.of(KEY.verification()),
                            new Verification.Expectation(Optional.of("tiny/1"), Optional.empty(), true))
                    .findings();
        }
    }

    @Test
    void nothingIsWrongWithWhatNobodyChanged() throws Exception {
        assertThat(verify()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tamperings")
    void itIsRefusedByName(String what, String reason, Tampering tampering) throws Exception {
        tampering.with(this);
        String expected = reason.replace("STORE", root().toString());
        try {
            assertThat(verify())
                    .map(finding -> finding.file() + ": " + finding.detail())
                    .anySatisfy(finding -> assertThat(finding).startsWith(expected));
        } catch (FaultException refused) {
            assertThat(refused).hasMessageContaining(expected);
        }
    }
}
