package io.metalimages.artifact.diff;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** How a file differs between two images that both have it. */
public record FileChange(ImageFile older, ImageFile newer) {

    /** What of a file can be another. */
    public enum Aspect {
        KIND,
        CONTENT,
        MODE,
        OWNER,
        TARGET,
        ATTRIBUTES,
        TIME
    }

    /** All aspects that differ, modes of different kinds apart; never empty in an {@link ImageDifference}. */
    public Set<Aspect> aspects() {
        EnumSet<Aspect> aspects = EnumSet.noneOf(Aspect.class);
        boolean sameKind = older.kind() == newer.kind();
        addIf(!sameKind, Aspect.KIND, aspects);
        addIf(!older.content().equals(newer.content()), Aspect.CONTENT, aspects);
        addIf(sameKind && older.mode() != newer.mode(), Aspect.MODE, aspects);
        addIf(older.owner() != newer.owner() || older.group() != newer.group(), Aspect.OWNER, aspects);
        addIf(!older.target().equals(newer.target()), Aspect.TARGET, aspects);
        addIf(!older.attributes().equals(newer.attributes()), Aspect.ATTRIBUTES, aspects);
        addIf(older.modified() != newer.modified(), Aspect.TIME, aspects);
        return Collections.unmodifiableSet(aspects);
    }

    private static void addIf(boolean differs, Aspect aspect, Set<Aspect> aspects) {
        if (differs) {
            aspects.add(aspect);
        }
    }
}
