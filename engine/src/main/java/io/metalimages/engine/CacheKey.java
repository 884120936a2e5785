package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.engine.files.ModeChange;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The key under which an operation's result is kept: one encoding of every component of the operation's definition and
 * of what its inputs made. Immutable.
 *
 * <p>Operations that differ in any component have different keys, and equal ones have equal keys. Each component has a
 * name that the user understands, so that two keys of one step can be compared: that is the explanation of a cache miss,
 * and it can't disagree with the key, as the key is the digest of just these components.
 *
 * <p>Example: {@code RUN ["touch", "/a, b"]} and {@code RUN ["touch", "/a", "b"]} have different keys, as a list is
 * encoded by its length and each element by its own. Counter-example: two operations that differ in their labels only
 * have the same key, as a label is no part of a definition.
 */
final class CacheKey {

    /**
     * The version of the encoding and of what the engine makes of a definition. It is a part of each key: whoever changes
     * either raises it, so that results made under the old rules are never found under the new ones.
     */
    static final int VERSION = 4;

    private final SequencedMap<String, Digest> components;

    private CacheKey(SequencedMap<String, Digest> components) {
        this.components = Collections.unmodifiableSequencedMap(components);
    }

    /** What the inputs of an operation contribute to its key. */
    interface Inputs {

        /** Names what another operation made; different for different results. */
        String result(Operation operation) throws IOException;

        /**
         * What a copy takes from a source.
         *
         * @param location where the copy is written, for messages
         */
        SourceContent content(Operation.Source source, String location) throws IOException;

        /**
         * What is at {@code path}, in which no character is a wildcard.
         *
         * @param location where the mount is written, for messages
         */
        SourceContent mounted(Operation.FileSource source, String path, String location) throws IOException;
    }

    /**
     * Files of a source.
     *
     * @param matches what each pattern led to, in order
     * @param files by path below the source, everything of a file that a copy would carry over
     */
    record SourceContent(List<String> matches, SortedMap<String, String> files) {}

    static CacheKey of(Operation operation, Inputs inputs) throws IOException {
        Builder builder = new Builder();
        switch (operation) {
            case Operation.Scratch _ -> builder.component("kind of step", value -> value.text("scratch"));
            case Operation.Kept kept ->
                builder.component("kind of step", value -> value.text("kept"))
                        .component(
                                "what was kept",
                                value -> value.text(kept.snapshot().id()));
            case Operation.Base base ->
                builder.component("kind of step", value -> value.text("base"))
                        .component(
                                "its definition",
                                value -> value.text(base.source().definition()));
            case Operation.Layers layers -> {
                return ofLayers(layers.source().layers());
            }
            case Operation.Run run -> addRun(builder, run, inputs);
            case Operation.Copy copy -> addCopy(builder, copy, inputs);
            case Operation.MakeDirectory directory -> {
                String input = inputs.result(directory.input());
                builder.component("kind of step", value -> value.text("directory"))
                        .component("the step before", value -> value.text(input))
                        .component("the path", value -> value.text(directory.path()))
                        .component("the owner", value -> value.text(directory.owner()));
            }
        }
        return builder.build();
    }

    /** The key of layers that lie on each other, the lowest first, wherever they come from. */
    static CacheKey ofLayers(List<Digest> layers) {
        return new Builder()
                .component("kind of step", value -> value.text("layers"))
                .component(
                        "the layers",
                        value -> value.texts(layers.stream().map(Digest::hex).toList()))
                .build();
    }

    private static void addRun(Builder builder, Operation.Run run, Inputs inputs) throws IOException {
        String input = inputs.result(run.input());
        builder.component("kind of step", value -> value.text("run"))
                .component("the step before", value -> value.text(input))
                .component("the command", value -> value.texts(run.arguments()))
                .component("the working directory", value -> value.text(run.workingDirectory()))
                .component("the user", value -> value.text(run.user()))
                .component("the network", value -> value.text(run.network().name()));
        new TreeMap<>(run.environment())
                .forEach((name, content) -> builder.component("the variable " + name, value -> value.text(content)));
        for (int position = 0; position < run.mounts().size(); position++) {
            addMount(
                    builder,
                    run.mounts().get(position),
                    "mount " + (position + 1),
                    run.label().location(),
                    inputs);
        }
    }

    private static void addMount(Builder builder, Operation.Mount mount, String name, String location, Inputs inputs)
            throws IOException {
        switch (mount) {
            case Operation.Mount.Cache cache -> {
                builder.component("the type of " + name, value -> value.text("cache"))
                        .component("the target of " + name, value -> value.text(cache.target()))
                        .component("the id of " + name, value -> value.text(cache.id()))
                        .component(
                                "the sharing of " + name,
                                value -> value.text(cache.sharing().name()))
                        .component("the mode of " + name, value -> value.number(cache.mode()))
                        .component(
                                "the owner of " + name,
                                value -> value.number(cache.user()).number(cache.group()))
                        .component("the writing to " + name, value -> value.flag(!cache.readOnly()));
                if (cache.from().isPresent()) {
                    builder.component("the source of " + name, value -> value.text(cache.source()));
                    addContent(builder, inputs.mounted(cache.from().get(), cache.source(), location), " of " + name);
                }
            }
            case Operation.Mount.Temporary temporary ->
                builder.component("the type of " + name, value -> value.text("tmpfs"))
                        .component("the target of " + name, value -> value.text(temporary.target()))
                        .component(
                                "the size of " + name,
                                value -> value.numbers(
                                        temporary.bytes().map(List::of).orElse(List.of())))
                        .component("the writing to " + name, value -> value.flag(!temporary.readOnly()));
            case Operation.Mount.Inline inline ->
                builder.component("the type of " + name, value -> value.text("file"))
                        .component("the target of " + name, value -> value.text(inline.target()))
                        .component("the content of " + name, value -> value.text(inline.content()))
                        .component("the mode of " + name, value -> value.number(inline.mode()));
            case Operation.Mount.Bind bind -> {
                builder.component("the type of " + name, value -> value.text("bind"))
                        .component("the target of " + name, value -> value.text(bind.target()))
                        .component("the source of " + name, value -> value.text(bind.source()))
                        .component("the writing to " + name, value -> value.flag(bind.writable()));
                addContent(builder, inputs.mounted(bind.from(), bind.source(), location), " of " + name);
            }
            case Operation.Mount.Secret secret ->
                builder.component("the type of " + name, value -> value.text("secret"))
                        .component("the id of " + name, value -> value.text(secret.id()))
                        .component(
                                "the target of " + name,
                                value -> value.texts(
                                        secret.target().map(List::of).orElse(List.of())))
                        .component(
                                "the variable of " + name,
                                value -> value.texts(
                                        secret.variable().map(List::of).orElse(List.of())))
                        .component("the need of " + name, value -> value.flag(secret.required()))
                        .component("the mode of " + name, value -> value.number(secret.mode()))
                        .component(
                                "the owner of " + name,
                                value -> value.number(secret.user()).number(secret.group()));
            case Operation.Mount.Agent agent ->
                builder.component("the type of " + name, value -> value.text("ssh"))
                        .component("the id of " + name, value -> value.text(agent.id()))
                        .component("the target of " + name, value -> value.text(agent.target()))
                        .component("the need of " + name, value -> value.flag(agent.required()))
                        .component("the mode of " + name, value -> value.number(agent.mode()))
                        .component(
                                "the owner of " + name,
                                value -> value.number(agent.user()).number(agent.group()));
        }
    }

    private static void addCopy(Builder builder, Operation.Copy copy, Inputs inputs) throws IOException {
        String input = inputs.result(copy.input());
        builder.component("kind of step", value -> value.text("copy"))
                .component("the step before", value -> value.text(input))
                .component("the destination", value -> value.text(copy.destination()))
                .component("the owner", value -> value.text(copy.owner()))
                .component(
                        "the mode",
                        value -> value.texts(
                                copy.mode().map(ModeChange::text).map(List::of).orElse(List.of())));
        for (int position = 0; position < copy.sources().size(); position++) {
            addSource(
                    builder,
                    copy.sources().get(position),
                    position == 0 ? "" : " of source " + (position + 1),
                    copy.label().location(),
                    inputs);
        }
    }

    private static void addSource(Builder builder, Operation.Source source, String of, String location, Inputs inputs)
            throws IOException {
        builder.component("the paths" + of, value -> value.texts(source.patterns()))
                .component("the unpacking" + of, value -> value.flag(source.unpack()));
        switch (source.from()) {
            case Operation.FileSource.Inline(Map<String, String> contents) -> {
                builder.component("the kind" + of, value -> value.text("inline"));
                new TreeMap<>(contents)
                        .forEach((name, content) ->
                                builder.component("file " + name + of, value -> value.text(content)));
            }
            case Operation.FileSource.Directory directory -> {
                builder.component("the kind" + of, value -> value.text("directory"))
                        .component("the keeping of times" + of, value -> value.flag(directory.keepTimes()));
                addContent(builder, inputs.content(source, location), of);
            }
            case Operation.FileSource.OfOperation _ -> {
                builder.component("the kind" + of, value -> value.text("operation"));
                addContent(builder, inputs.content(source, location), of);
            }
        }
    }

    private static void addContent(Builder builder, SourceContent content, String of) {
        builder.component("what the sources" + of + " name", value -> value.texts(content.matches()));
        content.files()
                .forEach((path, fingerprint) ->
                        builder.component("file " + path + of, value -> value.text(fingerprint)));
    }

    /** The digest of each component's value by the component's name, in the order of the encoding. */
    SequencedMap<String, Digest> components() {
        return components;
    }

    /** The key itself. */
    Digest digest() {
        CanonicalEncoder encoder = new CanonicalEncoder().number(VERSION).number(components.size());
        components.forEach((name, value) -> encoder.text(name).text(value.hex()));
        return encoder.digest();
    }

    private static final class Builder {

        private final SequencedMap<String, Digest> components = new LinkedHashMap<>();

        Builder component(String name, Consumer<CanonicalEncoder> value) {
            CanonicalEncoder encoder = new CanonicalEncoder();
            value.accept(encoder);
            if (components.put(name, encoder.digest()) != null) {
                throw new IllegalStateException("Two components of a key have the same name: " + name);
            }
            return this;
        }

        CacheKey build() {
            return new CacheKey(components);
        }
    }
}
