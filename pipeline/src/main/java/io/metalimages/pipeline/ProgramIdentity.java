package io.metalimages.pipeline;

import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.common.Digest;
import io.metalimages.common.ProgramCode;
import io.metalimages.supplychain.ImageDocuments;
import java.io.IOException;
import java.util.List;

/** The code that makes artifacts. */
final class ProgramIdentity {

    private static final List<Class<?>> PARTS =
            List.of(ArtifactExporter.class, ImageDocuments.class, ImagePipeline.class, Digest.class);

    private ProgramIdentity() {}

    static Digest digest() throws IOException {
        return ProgramCode.digest(PARTS);
    }
}
