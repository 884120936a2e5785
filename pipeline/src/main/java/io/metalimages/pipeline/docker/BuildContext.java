package io.metalimages.pipeline.docker;

import io.metalimages.build.remote.Remote;
import io.metalimages.build.remote.Remotes;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.engine.archive.ArchiveUnpacker;
import io.metalimages.engine.archive.InvalidArchiveException;
import io.metalimages.engine.work.WorkDirectory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Where {@code docker build} finds files: a directory, an archive or a Dockerfile on standard input, a git repository, or an
 * address of an archive or a Dockerfile.
 *
 * @param directory what {@code COPY} copies from
 * @param dockerfile exists
 */
public record BuildContext(Path directory, Path dockerfile) {

    private static final String STANDARD_INPUT = "-";
    private static final String DOCKERFILE = "Dockerfile";

    /** As much as is looked at to tell an archive. */
    private static final int HEAD = 1 << 20;

    /** Opens contexts. What has to be fetched or unpacked goes away with the working directory. */
    public static final class Opener {

        private final Remotes remotes;
        private final WorkDirectory work;
        private final InputStream standardInput;

        public Opener(Remotes remotes, WorkDirectory work, InputStream standardInput) {
            this.remotes = remotes;
            this.work = work;
            this.standardInput = standardInput;
        }

        /**
         * Opens one.
         *
         * @param place as the user gave it
         * @param file of the Dockerfile: a path, below the context where that is no directory of this machine, or {@code -};
         *     empty for {@code Dockerfile} in the context
         * @throws FaultException if there is none
         */
        public BuildContext open(String place, Optional<String> file) throws IOException, InterruptedException {
            if (place.equals(STANDARD_INPUT)) {
                return ofInput(standardInput, file, "standard input");
            }
            if (remotes.isRemote(place)) {
                return ofAddress(place, file);
            }
            Path directory = Path.of(place);
            if (!Files.isDirectory(directory)) {
                throw FaultException.wrongInput(
                        "The build context " + place + " is no directory.",
                        "Name a directory, an address, or - for standard input.");
            }
            if (file.filter(STANDARD_INPUT::equals).isPresent()) {
                return new BuildContext(directory, write(standardInput));
            }
            return new BuildContext(directory, file.map(Path::of).orElse(directory.resolve(DOCKERFILE)));
        }

        private BuildContext ofAddress(String address, Optional<String> file) throws IOException, InterruptedException {
            Remote remote =
                    remotes.find(address, Optional.empty(), Optional.empty(), SourceRange.line("The build context", 1));
            Path directory = work.newDirectory("context");
            remote.source().unpack(directory, work.launcher(), line -> {});
            if (remote.path().equals("/")) {
                return within(directory, file);
            }
            Path fetched = directory.resolve(remote.path().substring(1));
            try (InputStream content = Files.newInputStream(fetched)) {
                return ofInput(content, file, remote.shown());
            }
        }

        private BuildContext ofInput(InputStream stream, Optional<String> file, String name) throws IOException {
            BufferedInputStream input = new BufferedInputStream(stream, HEAD);
            input.mark(HEAD);
            boolean archive = ArchiveUnpacker.isArchive(new Head(input));
            input.reset();
            if (!archive) {
                Path dockerfile = write(input);
                return new BuildContext(work.newDirectory("context"), dockerfile);
            }
            Path directory = work.newDirectory("context");
            try (RootDirectory root = RootDirectory.open(directory)) {
                new ArchiveUnpacker(root, Optional.empty()).unpack(input);
            } catch (InvalidArchiveException damaged) {
                throw FaultException.wrongInput(
                        "The archive on " + name + " can't be unpacked: " + damaged.getMessage() + ".", null);
            }
            return within(directory, file);
        }

        private static BuildContext within(Path directory, Optional<String> file) throws IOException {
            Path dockerfile = directory.resolve(file.orElse(DOCKERFILE)).normalize();
            if (!dockerfile.startsWith(directory)) {
                throw FaultException.wrongInput(
                        "The Dockerfile " + file.orElse(DOCKERFILE) + " is outside of the build context.", null);
            }
            return new BuildContext(directory, dockerfile);
        }

        private Path write(InputStream content) throws IOException {
            Path dockerfile = work.newDirectory("dockerfile").resolve(DOCKERFILE);
            Files.copy(content, dockerfile, StandardCopyOption.REPLACE_EXISTING);
            return dockerfile;
        }
    }

    /** The beginning of a stream, which can be read again afterwards. */
    private static final class Head extends InputStream {

        private final InputStream input;
        private int remaining = HEAD;

        Head(InputStream input) {
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            return remaining-- > 0 ? input.read() : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (remaining <= 0) {
                return -1;
            }
            int count = input.read(into, offset, Math.min(length, remaining));
            remaining -= Math.max(0, count);
            return count;
        }
    }
}
