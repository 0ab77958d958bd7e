//! Rules about kernels and unified kernel images.

super::rules! {
    FROM_IMAGE = Info "image-boot" {
        title: "a boot that is described by a unified kernel image",
        why: "Such an image holds kernel, initrd and command line, so what was not given is taken from it.",
        consequence: "The boot is predicted with what the image says. A boot loader can hand over another command line, as long as \
                      Secure Boot is off or the image has none.",
        mend: "Nothing needs mending; --kernel and --cmdline say otherwise.",
        reference: "systemd-stub(7)",
    }
    UCODE_IGNORED = Error "image-ucode-ignored" {
        title: "a .ucode section that the stub in the image does not know",
        why: "systemd's stub hands over .ucode from version 256 on; older ones leave the section alone.",
        consequence: "What is in the section never reaches the kernel: neither tables nor microcode.",
        mend: "Make the image with a newer stub (ukify --stub), or put the archive in front of the initrd in .initrd.",
        reference: "systemd-stub(7), version 256",
    }
    PROFILES_IGNORED = Warning "image-profiles-ignored" {
        title: "profiles in an image whose stub knows none",
        why: "systemd's stub tells profiles apart from version 257 on. Older ones take the last section of each name, whatever \
              profile it was meant for.",
        consequence: "All boots of the image use the last .initrd, .cmdline and .linux in it.",
        mend: "Make the image with a newer stub (ukify --stub).",
        reference: "systemd-stub(7), version 257",
    }
    PROFILE_WITHOUT_TABLES = Warning "image-profile-without-tables" {
        title: "a profile that boots without the tables of the others",
        why: "A profile with an .initrd or .ucode of its own does not get those of the base.",
        consequence: "When this profile is booted, Linux keeps all tables of the firmware.",
        mend: "Put the tables into the base's .ucode, and give the profile none of its own.",
        reference: "UAPI.5 Unified Kernel Image, Multi-Profile UKIs; systemd-stub(7), version 257",
    }
    ADDON_BEHIND = Error "image-addon-behind" {
        title: "tables in the .initrd of an addon",
        why: "The stub puts initrds of addons behind that of the image, which is mostly compressed; the kernel's early search for \
              tables ends there. What addons have in .ucode comes in front of everything.",
        consequence: "Linux does not see these tables, unless nothing in the image's own initrd is compressed.",
        mend: "Put the archive into the addon's .ucode instead (ukify build --microcode), for stubs from version 257 on.",
        reference: "systemd-stub(7), version 257",
    }
    ADDON_UCODE = Info "image-addon-ucode" {
        title: "tables in the .ucode of an addon",
        why: "The stub puts these in front of the image's own initrd, the addon whose name sorts last first.",
        consequence: "Linux finds the tables if the image's stub is of version 257 or later and the addon lies in the image's \
                      folder NAME.efi.extra.d/ or in loader/addons/.",
        mend: "Nothing needs mending, if this is meant.",
        reference: "systemd-stub(7), version 257",
    }
    SECTION_CUT = Error "image-section-cut" {
        title: "a section that reaches past the end of the file",
        why: "The table of sections promises more bytes than the file has: a copy was cut off, or the table is damaged.",
        consequence: "Firmware refuses to load the image.",
        mend: "Copy the image again, or make it again.",
        reference: "Microsoft PE and COFF Specification, Section Table",
    }
}
