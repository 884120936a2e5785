package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.files.ModeChange;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keys of operations, without any file system: what the inputs made is made up. */
class CacheKeyTest {

    private static final int ROUNDS = 300;

    private final Map<String, SortedMap<String, String>> files = new TreeMap<>();

    private CacheKey key(Operation operation) throws IOException {
        return CacheKey.of(operation, new CacheKey.Inputs() {
            @Override
            public String result(Operation input) {
                return input.label().identity();
            }

            @Override
            public CacheKey.SourceContent content(Operation.Source source, String location) {
                return mounted(source.from(), String.join(" ", source.patterns()), location);
            }

            @Override
            public CacheKey.SourceContent mounted(Operation.FileSource source, String path, String location) {
                String name = switch (source) {
                    case Operation.FileSource.Directory directory -> directory.name();
                    case Operation.FileSource.OfOperation(Operation operation) ->
                        operation.label().identity();
                    case Operation.FileSource.Inline inline -> throw new AssertionError(inline);
                };
                return new CacheKey.SourceContent(
                        List.of(path), files.getOrDefault(name, new TreeMap<>(Map.of("content", name))));
            }
        });
    }

    private Digest digest(Operation operation) throws IOException {
        return key(operation).digest();
    }

    private static Operation named(String result) {
        return new Operation.Scratch(new Operation.Label(result, "", result));
    }

    private static Operation.Run run(List<String> arguments, Operation.Mount... mounts) {
        return new Operation.Run(
                Busybox.label("RUN"), named("input"), arguments, Map.of(), "/", "", Network.NONE, List.of(mounts));
    }

    @Test
    void argumentsAreNotJoined() throws Exception {
        assertThat(digest(run(List.of("touch", "/a, b")))).isNotEqualTo(digest(run(List.of("touch", "/a", "b"))));
        assertThat(digest(run(List.of()))).isNotEqualTo(digest(run(List.of(""))));
    }

    @Test
    void halfOfASurrogatePairIsNotReplaced() throws Exception {
        assertThat(digest(run(List.of("\ud800")))).isNotEqualTo(digest(run(List.of("\ud801"))));
    }

    @Test
    void mountsCountByPosition() throws Exception {
        files.put("one", new TreeMap<>(Map.of("file", "old")));
        files.put("two", new TreeMap<>(Map.of("file", "same")));
        Operation.Mount one = bind("/one", "one");
        Operation.Mount two = bind("/two", "two");
        Digest before = digest(run(List.of("cat"), one, two));
        assertThat(digest(run(List.of("cat"), two, one))).isNotEqualTo(before);

        files.put("one", new TreeMap<>(Map.of("file", "new")));
        assertThat(digest(run(List.of("cat"), one, two))).isNotEqualTo(before);
    }

    private static Operation.Mount bind(String target, String source) {
        return new Operation.Mount.Bind(target, new Operation.FileSource.OfOperation(named(source)), "file");
    }

    @Test
    void linksThatAreExchangedAreAChange() throws Exception {
        SortedMap<String, String> same = new TreeMap<>(Map.of("x", "1", "y", "2"));
        Operation copy = copy(List.of("a", "b"));
        List<Digest> digests = new ArrayList<>();
        for (List<String> matches : List.of(List.of("a -> x", "b -> y"), List.of("a -> y", "b -> x"))) {
            digests.add(CacheKey.of(copy, new CacheKey.Inputs() {
                        @Override
                        public String result(Operation operation) {
                            return "input";
                        }

                        @Override
                        public CacheKey.SourceContent content(Operation.Source source, String location) {
                            return new CacheKey.SourceContent(matches, same);
                        }

                        @Override
                        public CacheKey.SourceContent mounted(
                                Operation.FileSource source, String path, String location) {
                            throw new AssertionError("a copy mounts nothing");
                        }
                    })
                    .digest());
        }
        assertThat(digests.getFirst()).isNotEqualTo(digests.getLast());
    }

    private static Operation.Copy copy(List<String> sources) {
        return Busybox.copy(named("input"), Path.of("/context"), sources, "/");
    }

    @Test
    void aLabelIsNoPartOfTheKey() throws Exception {
        Operation.MakeDirectory directory =
                new Operation.MakeDirectory(Busybox.label("WORKDIR"), named("input"), "/a", "");
        assertThat(digest(new Operation.MakeDirectory(Busybox.label("other"), named("input"), "/a", "")))
                .isEqualTo(digest(directory));
    }

    /** Every component of an operation, as values that can be changed one at a time. */
    private static final class Recipe {

        private final Map<String, Object> components = new LinkedHashMap<>();
        private final Random random;

        Recipe(Random random) {
            this.random = random;
            components.put("kind", random.nextInt(3));
            put("input", "path", "owner", "destination", "working directory", "user");
            components.put("network", random.nextInt(2));
            components.put("mode", random.nextInt(3));
            components.put("keep times", random.nextInt(2));
            texts("argument", 4);
            texts("variable", 3);
            texts("source", 3);
            texts("file", 3);
            components.put("mounts", 1 + random.nextInt(3));
            for (int mount = 0; mount < 3; mount++) {
                String of = mount + " ";
                components.put(of + "type", random.nextInt(4));
                put(of + "target", of + "id", of + "source", of + "content");
                components.put(of + "number", random.nextInt(3));
                components.put(of + "sharing", random.nextInt(2));
                components.put(of + "user", random.nextInt(3));
                components.put(of + "group", random.nextInt(3));
                components.put(of + "bytes", random.nextInt(3));
            }
        }

        private Recipe(Map<String, Object> components, Random random) {
            this.random = random;
            this.components.putAll(components);
        }

        private void put(String... names) {
            for (String name : names) {
                components.put(name, text());
            }
        }

        private void texts(String name, int most) {
            components.put(name + "s", random.nextInt(most + 1));
            IntStream.range(0, most).forEach(position -> components.put(name + position, text()));
        }

        /** Short, and of characters that encodings use to keep values apart. */
        private String text() {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(4); length > 0; length--) {
                text.append(",: []=\0\n1a/".charAt(random.nextInt(11)));
            }
            return text.toString();
        }

        Recipe copy() {
            return new Recipe(components, random);
        }

        Recipe changed(String name) {
            Recipe changed = copy();
            Object before = component(name);
            for (Object after = before; after.equals(before); ) {
                after = before instanceof Integer number ? Integer.valueOf((number + 1) % 2) : text();
                changed.components.put(name, after);
            }
            return changed;
        }

        private Object component(String name) {
            return Objects.requireNonNull(components.get(name), name);
        }

        private String text(String name) {
            return (String) component(name);
        }

        private int number(String name) {
            return (Integer) component(name);
        }

        private List<String> list(String name) {
            return IntStream.range(0, number(name + "s"))
                    .mapToObj(position -> text(name + position))
                    .toList();
        }

        private Map<String, String> map(String name) {
            Map<String, String> map = new LinkedHashMap<>();
            List<String> values = list(name);
            for (int position = 0; position < values.size(); position++) {
                map.put("NAME" + position, values.get(position));
            }
            return map;
        }

        Operation operation() {
            Operation input = named(text("input"));
            return switch (number("kind")) {
                case 0 ->
                    new Operation.Run(
                            Busybox.label("RUN"),
                            input,
                            list("argument"),
                            map("variable"),
                            text("working directory"),
                            text("user"),
                            number("network") == 0 ? Network.HOST : Network.NONE,
                            IntStream.range(0, number("mounts"))
                                    .mapToObj(this::mount)
                                    .toList());
                case 1 ->
                    new Operation.Copy(
                            Busybox.label("COPY"),
                            input,
                            List.of(Operation.Source.of(
                                    number("keep times") == 0
                                            ? new Operation.FileSource.Inline(map("file"))
                                            : new Operation.FileSource.Directory(
                                                    text("input"),
                                                    Path.of("/"),
                                                    PathFilter.ALL,
                                                    number("network") == 0),
                                    list("source"))),
                            text("destination"),
                            text("owner"),
                            number("mode") == 0 ? Optional.empty() : ModeChange.parse("0" + number("mode")));
                default -> new Operation.MakeDirectory(Busybox.label("DIR"), input, text("path"), text("owner"));
            };
        }

        private Operation.Mount mount(int position) {
            String of = position + " ";
            return switch (number(of + "type")) {
                case 0 ->
                    new Operation.Mount.Cache(
                            text(of + "target"),
                            text(of + "id"),
                            number(of + "sharing") == 0 ? Operation.Sharing.SHARED : Operation.Sharing.LOCKED,
                            number(of + "number"),
                            number(of + "user"),
                            number(of + "group"));
                case 1 ->
                    new Operation.Mount.Temporary(
                            text(of + "target"),
                            number(of + "bytes") == 0 ? Optional.empty() : Optional.of((long) number(of + "bytes")));
                case 2 -> new Operation.Mount.Inline(text(of + "target"), text(of + "content"), number(of + "number"));
                default ->
                    new Operation.Mount.Bind(
                            text(of + "target"),
                            new Operation.FileSource.OfOperation(named(text(of + "id"))),
                            text(of + "source"));
            };
        }

        /** The components that matter to the operation, to tell whether two are the same. */
        String meaning() {
            return operation().toString().replaceAll("\\$\\$Lambda[^,\\]]*", "filter");
        }
    }

    @Test
    void operationsThatDifferInOneComponentHaveDifferentKeys() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> changedOnce = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            Recipe recipe = new Recipe(random);
            assertThat(digest(recipe.copy().operation())).as("seed " + seed).isEqualTo(digest(recipe.operation()));

            for (String name : recipe.components.keySet()) {
                Recipe changed = recipe.changed(name);
                if (changed.meaning().equals(recipe.meaning())) {
                    continue;
                }
                changedOnce.add(name);
                CacheKey key = key(changed.operation());
                assertThat(key.digest())
                        .as("seed %d, %s: %s and %s", seed, name, recipe.meaning(), changed.meaning())
                        .isNotEqualTo(digest(recipe.operation()));
                assertThat(key.components())
                        .as("what explains a miss differs where the keys do")
                        .isNotEqualTo(key(recipe.operation()).components());
            }
        }
        assertThat(changedOnce)
                .as("changed and mattered, seed " + seed)
                .contains("argument0", "arguments", "user", "0 target", "1 id", "0 sharing", "0 number", "0 bytes");
    }

    @Test
    void aBaseIsItsDefinition() throws Exception {
        assertThat(digest(base("debian"))).isEqualTo(digest(base("debian"))).isNotEqualTo(digest(base("debian:12")));
    }

    private static Operation base(String definition) {
        return new Operation.Base(Busybox.label("FROM"), new Operation.BaseSource() {
            @Override
            public String definition() {
                return definition;
            }

            @Override
            public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output) {
                throw new AssertionError("a key needs no base");
            }
        });
    }
}
