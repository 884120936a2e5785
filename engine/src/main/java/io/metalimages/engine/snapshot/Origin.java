package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Which operation made a snapshot, for somebody who wants to know.
 *
 * @param key of the operation, hexadecimal
 * @param name what the user calls it: {@code [server 1/7] RUN apt-get update}
 * @param location where it is written, {@code os/debian/Dockerfile:12}; empty when it stands in no file
 * @param identity what it is called while it is edited: {@code debian/12 server 1}
 * @param components the digest of each component of the key, by the component's name
 */
public record Origin(
        String key, String name, String location, String identity, SequencedMap<String, String> components) {

    public Origin {
        components = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(components));
    }

    Digest digest() {
        return new Digest(key);
    }
}
