package io.metalimages.cli.command.push;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.PushedImage;
import java.util.ArrayList;
import java.util.List;

/** What is told at the end of a push: names, digest, sizes, what refers to the image. */
final class PushText {

    private final OutputStyle outputStyle;

    PushText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    List<String> of(PushResult result) {
        PushedImage image = result.image();
        Layer layer = image.layer();
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, result.name()));
        image.tags().forEach(tag -> lines.add(row("tag", repository(image) + ":" + tag)));
        lines.add(row("image", image.name().toString()));
        lines.add(row(
                "layer",
                Quantity.bytes(layer.plainSize()) + " " + outputStyle.glyphs().arrow() + " "
                        + Quantity.bytes(layer.descriptor().size()),
                image.layerWasThere() ? "was there already" : "sent"));
        for (int index = 0; index < image.referrers().size(); index++) {
            lines.add(row(
                    "file",
                    DisplayText.line(
                            result.pushed().attachments().get(index).file().toString()),
                    result.pushed().attachments().get(index).type(),
                    Descriptor.written(image.referrers().get(index).digest())));
        }
        lines.add(row(
                "time",
                Quantity.took(result.pushed().making()) + " layer",
                Quantity.took(result.pushed().sending()) + " registry"));
        return lines;
    }

    private static String repository(PushedImage image) {
        return image.name().registry() + "/" + image.name().repository();
    }

    private String row(String heading, String... facts) {
        return "  " + outputStyle.styled(Style.FAINT, "%-8s".formatted(heading))
                + String.join(outputStyle.glyphs().separator(), facts);
    }
}
