"""os-installer.yaml, and the steps."""

import unittest

from allocations import machine
from chroot import Image


class SettingsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.image = Image()
        self.addCleanup(self.image.close)

    def test_only_some_steps(self) -> None:
        result = self.image.install(machine(), settings={"only": ["names"]}, leave_out=[])
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(self.image.read("/etc/hostname"), "machine\n")
        self.assertFalse(self.image.path("/etc/metal/boot-info.yaml").exists())

    def test_names_of_metal_stacks_own_installer(self) -> None:
        result = self.image.install(machine(), leave_out=["write booatloader config", "configure network"])
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertFalse(self.image.path("/etc/systemd/network/00-lo.network").exists())
        self.assertIn("network: left out, as os-installer.yaml says", result.output)

    def test_unknown_step(self) -> None:
        """Another version may have it, and an installation must not end by it."""
        result = self.image.install(machine(), leave_out=["grub", "bootloader"])
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn(
            "warning: /etc/metal/os-installer.yaml: except[0]: there is no step 'grub'; there are firmware,", result.output
        )
        result = self.image.install(machine(), settings={"only": ["grub", "names"]}, leave_out=[])
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn("network: left out, as os-installer.yaml says", result.output)
        result = self.image.install(machine(), settings={"only": ["grub"]}, leave_out=[])
        self.assertEqual(result.code, 2)
        self.assertIn("os-installer.yaml: only: none of them is a step; there are firmware,", result.errors)

    def test_another_distribution_and_boot_loader(self) -> None:
        result = self.image.install(
            machine(), settings={"os_name": "ubuntu", "overwrites": {"bootloader_id": "metal-mine"}}
        )
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn("bootloader_id: metal-mine", self.image.lines("/etc/metal/boot-info.yaml"))
        result = self.image.install(machine(), settings={"os_name": "ubuntu"})
        self.assertIn("bootloader_id: metal-ubuntu", self.image.lines("/etc/metal/boot-info.yaml"))

    def test_boot_loader_with_a_path(self) -> None:
        result = self.image.install(machine(), settings={"overwrites": {"bootloader_id": "../x"}})
        self.assertEqual(result.code, 2)
        self.assertIn("overwrites.bootloader_id: '../x' is no name for a directory", result.errors)

    def test_custom_script(self) -> None:
        self.image.write("/opt/script", "#!/bin/sh\npwd > /opt/was\n", 0o755)
        settings = {"custom_script": {"executable_path": "/opt/script", "workdir": "/var"}}
        result = self.image.install(machine(), settings=settings)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(self.image.read("/opt/was"), "/var\n")

    def test_custom_script_that_fails(self) -> None:
        self.image.write("/opt/script", "#!/bin/sh\necho no luck >&2\nexit 7\n", 0o755)
        result = self.image.install(machine(), settings={"custom_script": {"executable_path": "/opt/script"}})
        self.assertEqual(result.code, 1)
        self.assertIn("install.sh: step custom-script: /opt/script failed (exit code 7):\n  no luck", result.errors)

    def test_custom_script_that_is_not_there(self) -> None:
        result = self.image.install(machine(), settings={"custom_script": {"executable_path": "/opt/none"}})
        self.assertEqual(result.code, 2)
        self.assertIn("custom_script.executable_path: there is no file /opt/none", result.errors)

    def test_step_that_fails_is_named(self) -> None:
        self.image.run("rm", "-r", "-f", "/etc/systemd/network")
        self.image.write("/etc/systemd/network", "a file where a directory belongs")
        result = self.image.install(machine())
        self.assertEqual(result.code, 1)
        self.assertIn("install.sh: step network: ", result.errors)
        self.assertIn("/etc/systemd/network", result.errors)
        self.assertNotIn("Traceback", result.errors)

    def test_what_frr_does_not_understand_is_an_error(self) -> None:
        template = "/usr/share/metal-installer/templates/frr.machine.conf.j2"
        self.image.write(template, self.image.read(template) + "router bpg 1\n")
        result = self.image.install(machine())
        self.assertEqual(result.code, 1)
        self.assertIn("install.sh: step network: vtysh --dryrun", result.errors)
        self.assertIn("router bpg 1", result.errors)

    def test_grub_defaults_keep_what_the_image_has(self) -> None:
        self.image.write(
            "/etc/default/grub",
            'GRUB_TIMEOUT=7\nGRUB_CMDLINE_LINUX="console=tty0 quiet"\nGRUB_TERMINAL="console"\nGRUB_DISABLE_OS_PROBER=true\n',
        )
        script = (
            "import sys; sys.path.insert(0, '/usr/share/metal-installer')\n"
            "from metal_installer import allocation, bootloader, files, image\n"
            "files.write([bootloader._grub_defaults(\n"
            "    allocation.read_allocation(), image.read_distribution(None), 'root=UUID=1 quiet')])\n"
        )
        self.image.prepare(machine(console="ttyS0,57600n8"))
        result = self.image.run("/usr/bin/python3", "-IB", "-c", script)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertEqual(
            self.image.lines("/etc/default/grub"),
            [
                "GRUB_TIMEOUT=7",
                "GRUB_DISABLE_OS_PROBER=true",
                'GRUB_CMDLINE_LINUX="root=UUID=1 quiet"',
                'GRUB_CMDLINE_LINUX_DEFAULT=""',
                'GRUB_TERMINAL="serial console"',
                'GRUB_SERIAL_COMMAND="serial --speed=57600 --unit=0 --word=8 --parity=no --stop=1"',
            ],
        )


if __name__ == "__main__":
    unittest.main()
