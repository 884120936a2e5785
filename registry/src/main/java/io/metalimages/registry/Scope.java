package io.metalimages.registry;

import java.util.ArrayList;
import java.util.List;

/**
 * What a token is to be good for, as the token service of the distribution project understands it.
 *
 * @param grants {@code repository:NAME:pull,push} each
 */
record Scope(List<String> grants) {

    Scope {
        grants = List.copyOf(grants);
    }

    static Scope reading(String repository) {
        return new Scope(List.of("repository:" + repository + ":pull"));
    }

    static Scope writing(String repository) {
        return new Scope(List.of("repository:" + repository + ":pull,push"));
    }

    Scope and(Scope other) {
        List<String> all = new ArrayList<>(grants);
        all.addAll(other.grants());
        return new Scope(all);
    }
}
