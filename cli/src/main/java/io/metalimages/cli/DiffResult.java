package io.metalimages.cli;

import io.metalimages.artifact.diff.ImageDifference;
import java.util.List;
import java.util.Map;

/**
 * Two images that were compared.
 *
 * @param older what the user calls the one
 * @param newer what the user calls the other
 */
record DiffResult(String older, String newer, ImageDifference difference, Extent extent) implements Result {

    /**
     * How much of it people are shown.
     *
     * @param depth of the directories whose sizes are told
     * @param all whether every line is shown, however many there are
     */
    record Extent(int depth, boolean all) {}

    @Override
    public List<String> text(Look look) {
        return new DiffText(look, extent).of(this);
    }

    @Override
    public List<String> brief() {
        return DiffText.brief(this);
    }

    @Override
    public Map<String, Object> json() {
        return JsonText.difference(this);
    }
}
