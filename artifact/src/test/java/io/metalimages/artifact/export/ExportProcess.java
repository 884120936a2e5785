package io.metalimages.artifact.export;

import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.common.FaultException;
import java.nio.file.Path;

/** An export in a process of its own: root file system, output directory, cache, number of threads. */
public final class ExportProcess {

    private ExportProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        ExportOptions options = new ExportOptions(
                SampleTree.TIMES, new BlockCache(Path.of(arguments[2])), Integer.parseInt(arguments[3]));
        try {
            Artifact artifact = new ArtifactExporter(options)
                    .export(Path.of(arguments[0]), Path.of(arguments[1]), ExportProgress.SILENT);
            System.out.println(artifact.md5() + " " + artifact.blocks() + " " + artifact.blocksFromCache());
        } catch (FaultException e) {
            System.out.println(
                    e.category() + " " + e.getMessage() + " " + e.remedy().orElse(""));
            System.exit(1);
        }
    }
}
