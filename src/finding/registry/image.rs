//! Rules about kernels and unified kernel images.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Image;

super::rules! {
    FROM_IMAGE = Info "image-boot" {
        title: "a boot that is described by a unified kernel image",
        why: "Such an image holds kernel, initrd and command line, so what was not given is taken from it.",
        consequence: "The boot is predicted with what the image says. A boot loader can hand over another command line, as long as \
                      Secure Boot is off or the image has none.",
        fix: "Nothing needs fixing; --kernel and --cmdline say otherwise.",
        reference: "systemd-stub(7)",
    }
    UCODE_IGNORED = Error "image-ucode-ignored" {
        title: "a .ucode section that the stub in the image does not know",
        why: "systemd's stub hands over .ucode from version 256 on; older ones leave the section alone.",
        consequence: "What is in the section never reaches the kernel: neither tables nor microcode.",
        fix: "Make the image with a newer stub (ukify --stub), or put the archive in front of the initrd in .initrd.",
        command: "acpihp inspect IMAGE",
        reference: "systemd-stub(7), version 256",
    }
    PROFILES_IGNORED = Warning "image-profiles-ignored" {
        title: "profiles in an image whose stub knows none",
        why: "systemd's stub distinguishes profiles from version 257 on. Older ones take the last section of each name, whatever \
              profile it was meant for.",
        consequence: "All boots of the image use the last .initrd, .cmdline and .linux in it.",
        fix: "Make the image with a newer stub (ukify --stub).",
        command: "acpihp inspect IMAGE",
        reference: "systemd-stub(7), version 257",
    }
    PROFILE_WITHOUT_TABLES = Warning "image-profile-without-tables" {
        title: "a profile that boots without the tables of the others",
        why: "A profile with an .initrd or .ucode of its own does not get those of the base.",
        consequence: "When this profile is booted, Linux keeps all tables of the firmware.",
        fix: "Put the tables into the base's .ucode, and give the profile none of its own.",
        command: "acpihp inspect IMAGE",
        reference: "UAPI.5 Unified Kernel Image, Multi-Profile UKIs; systemd-stub(7), version 257",
    }
    ADDON_BEHIND = Error "image-addon-behind" {
        title: "tables in the .initrd of an addon",
        why: "The stub puts initrds of addons after that of the image, which is mostly compressed; the kernel's early search for \
              tables ends there. What addons have in .ucode comes in front of everything.",
        consequence: "Linux does not see these tables, unless nothing in the image's own initrd is compressed.",
        fix: "Put the archive into the addon's .ucode instead (ukify build --microcode), for stubs from version 257 on.",
        command: "acpihp inspect IMAGE",
        reference: "systemd-stub(7), version 257",
    }
    ADDON_UCODE = Info "image-addon-ucode" {
        title: "tables in the .ucode of an addon",
        why: "The stub puts these in front of the image's own initrd, the addon whose name sorts last first.",
        consequence: "Linux finds the tables if the image's stub is of version 257 or later and the addon lies in the image's \
                      folder NAME.efi.extra.d/ or in loader/addons/.",
        fix: "Nothing needs fixing, if this is meant.",
        command: "acpihp inspect IMAGE",
        reference: "systemd-stub(7), version 257",
    }
    SECTION_CUT = Error "image-section-cut" {
        title: "a section that reaches past the end of the file",
        why: "The table of sections promises more bytes than the file has: a copy was cut off, or the table is damaged.",
        consequence: "Firmware refuses to load the image.",
        fix: "Copy the image again, or make it again.",
        command: "acpihp inspect IMAGE",
        reference: "Microsoft PE and COFF Specification, Section Table",
    }
    CUT_CONFIG = Warning "kernel-config-cut" {
        title: "a configuration that ends in the middle",
        why: "What such a file lacks may be on or off.",
        consequence: "The prediction takes another configuration, or what distributions build.",
        fix: "Copy the file again, or give another: --config FILE.",
        command: "acpihp plan --config CONFIG",
        reference: "Linux, Documentation/kbuild/kconfig.rst: a .config has a line for every option",
    }
    OTHER_CONFIG = Warning "image-other-config" {
        title: "a configuration of another kernel",
        why: "The head of a configuration names the version that it was made for.",
        consequence: "The kernel may have been built otherwise, and the prediction be wrong where that decides.",
        fix: "Give the configuration of this kernel: /boot/config-RELEASE, or /proc/config.gz of a machine that runs it.",
        command: "acpihp plan --config CONFIG",
        reference: "Linux scripts/kconfig/confdata.c",
    }
    CONFIG_ASSUMED = Info "image-config-assumed" {
        title: "a kernel whose configuration is not known",
        why: "Distributions build kernels without CONFIG_IKCONFIG and keep the configuration in a file of its own, config-RELEASE.",
        consequence: "The kernel is taken to be built as its flavour usually is; a switch that is otherwise changes the answer where \
                      the message names it.",
        fix: "Give the configuration: --config /boot/config-RELEASE.",
        command: "acpihp plan --config CONFIG",
        reference: "Linux init/Kconfig (IKCONFIG), 5.10 to 7.3; configurations and boots of Debian's kernels",
    }
    NOT_UNPACKED = Info "image-not-unpacked" {
        title: "a kernel image that could not be looked into",
        why: "The kernel is packed in its image, with a configuration in it if it was built so (CONFIG_IKCONFIG).",
        consequence: "The size of the kernel in memory is taken from the image's header, which is a little more than it takes; a \
                      configuration inside is not seen.",
        fix: "Give --config, or a vmlinux.",
        command: "acpihp plan --config CONFIG",
        reference: "Documentation/arch/x86/boot.rst",
    }
    NO_KERNEL = Warning "image-no-kernel" {
        title: "a unified kernel image whose kernel could not be read",
        why: "What is in .linux is not a kernel image for x86, or is damaged.",
        consequence: "Release and configuration are taken from elsewhere, and the image may not boot.",
        fix: "Give --kernel, and look at the image: acpihp inspect.",
        command: "acpihp inspect IMAGE",
        reference: "UAPI.5 Unified Kernel Image",
    }
    NOT_UNPACKABLE = Error "image-initrd-compression" {
        title: "an initrd that the kernel cannot unpack",
        why: "Each compression of initrds is an option of its own: CONFIG_RD_GZIP, CONFIG_RD_ZSTD and so on.",
        consequence: "Linux says \"Initramfs unpacking failed\" and goes on without that part of the initrd: mostly the boot fails.",
        fix: "Compress the initrd otherwise, or boot a kernel that is configured for it.",
        command: "acpihp inspect INITRD --kernel RELEASE",
        reference: "Linux decompress_method, lib/decompress.c, 5.10 to 7.3",
    }
    CUSTOM_DSDT = Warning "image-custom-dsdt" {
        title: "a kernel with a DSDT built in",
        why: "With CONFIG_ACPI_CUSTOM_DSDT_FILE the kernel uses a DSDT of its own instead of the firmware's.",
        consequence: "The firmware's DSDT is not used, whatever machine it is, and the kernel is tainted.",
        fix: "Build the kernel without it, and put the DSDT into an override archive.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux acpi_os_table_override, drivers/acpi/osl.c, 5.10 to 7.3",
    }
    NO_HOTPLUG = Warning "image-no-memory-hotplug" {
        title: "a kernel that knows no memory hotplug",
        why: "Without CONFIG_MEMORY_HOTPLUG hot-pluggable marks mean nothing, and movable_node is not an option.",
        consequence: "No memory becomes movable for being hot-pluggable, none can be added and none removed.",
        fix: "Boot a kernel with CONFIG_MEMORY_HOTPLUG and CONFIG_MEMORY_HOTREMOVE.",
        command: "acpihp plan --kernel RELEASE",
        reference: "Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c, 5.17 to 7.3, and mm/Kconfig",
    }
    NO_HOTREMOVE = Warning "image-no-memory-hotremove" {
        title: "a kernel that lets no memory go",
        why: "Memory blocks go offline only with CONFIG_MEMORY_HOTREMOVE.",
        consequence: "No memory can be removed, movable or not; and KASLR does not keep out of hot-pluggable memory.",
        fix: "Boot a kernel with CONFIG_MEMORY_HOTREMOVE.",
        command: "acpihp plan --kernel RELEASE",
        reference: "Linux memory_subsys_offline, drivers/base/memory.c, 5.10 to 7.3, and mm/Kconfig",
    }
    BUILT_IN_LINE = Info "image-command-line" {
        title: "a command line that is built into the kernel",
        why: "CONFIG_CMDLINE comes before what the boot loader gives, and with CONFIG_CMDLINE_OVERRIDE in place of it.",
        consequence: "The prediction is made with the whole line.",
        fix: "Nothing needs fixing, if this is meant.",
        reference: "Linux setup_arch, arch/x86/kernel/setup.c, 5.10 to 7.3",
    }
}
