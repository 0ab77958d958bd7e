
use builtin;
use str;

set edit:completion:arg-completer[acpihp] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'acpihp'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'acpihp'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand dump 'Show the tables of this machine, a file or a dump, and what they say'
            cand mkinitrd-override 'Make the archive that replaces tables, in front of an initrd if wanted'
            cand check 'Say whether Linux will accept tables, archives and initrds, and whether they are right'
            cand simulate 'Show step by step which tables end up installed, and why'
            cand plan 'Show which memory goes to which node and zone, and why'
            cand advise 'Find the smallest change that makes memory as it is wished: marks of the SRAT, command line'
            cand removable 'Show what memory can go offline now, what holds the rest, and the way out'
            cand where 'Show what is at a physical address: node, zone, memory block, and who reserved it'
            cand report 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel''s log'
            cand capture 'Save what the other commands need of this machine, without secrets'
            cand inspect 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it'
            cand build 'Make a table from its source: iasl''s data-table language, or the JSON of dump'
            cand template 'Print the source of a new table to start from'
            cand edit 'Change exactly the fields that are named in a table, and show what comes of it'
            cand diff 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones'
            cand doctor 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted'
            cand sample 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder'
            cand explain 'Explain a finding: what it means, why, where it is written, how to fix it'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of acpihp or of a subcommand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'acpihp;dump'= {
            cand -n 'The same, as acpidump takes it'
            cand --table 'The same, as acpidump takes it'
            cand --format 'How to print the tables'
            cand -o 'Write each table as a file into a folder, under the name that acpixtract gives it; with --format dsl, json or acpidump in that form'
            cand --output 'Write each table as a file into a folder, under the name that acpixtract gives it; with --format dsl, json or acpidump in that form'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand -d 'Show every table in full'
            cand --decode 'Show every table in full'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;mkinitrd-override'= {
            cand -o 'Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]'
            cand --output 'Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]'
            cand --initrd 'Put the archive in front of this initrd, after its microcode, or in the place of an earlier one'
            cand --against 'Compare with the tables of a second machine: a file, a folder or a copied root; none compares with nothing [default: the machine]'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result'
            cand --remove 'Take the override archive out of IMG again'
            cand --force 'Write the output even if the kernel would refuse tables in it or fail on it, or --remove leaves nothing'
            cand --howto 'Show how the machine''s boot loader comes to use the output, with the lines for it, and how it is taken out again'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;check'= {
            cand --against 'Take the tables for overrides of a second machine''s: a root, a folder or a dump [default: the machine, where one is named]'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --fail-on 'Exit with 1 if there is a finding of this severity or above'
            cand --allow 'Leave findings with this code out'
            cand --judge 'Who judges how much a finding matters: Linux, to which what it never looks at is only worth knowing, or the specification'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --waivers 'Leave out the findings that this file waives, each with a reason and as long as it says'
            cand --policy 'Find what does not hold of the assertions in this file'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --format 'How to print the findings'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;simulate'= {
            cand --flow 'In which order tables are installed and replaced [default: the release''s own]'
            cand --compare 'Two boots side by side: this one and one with OPTIONS, such as ''--append movable_node --kernel 6.12''; or A,B, two kernels or flows [default: one-by-one,two-step]'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --initrd 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too'
            cand --profile 'The profile of the unified kernel image'
            cand --override 'Tables to override: short for an archive of them'
            cand --loader 'Who starts that kernel: firmware with a boot loader, or the kernel that runs, which puts it elsewhere [default: firmware]'
            cand --kernel-at 'Where that boot keeps the kernel image, in bytes, end exclusive'
            cand --initrd-at 'Where that boot keeps the initrd'
            cand --mirrored 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)'
            cand --reserve 'Memory that is reserved before the SRAT is read, with a name for it'
            cand --format 'How to print the result'
            cand --lockdown 'As if the kernel were locked down for another reason than its command line (Secure Boot)'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;plan'= {
            cand --compare 'Show this boot beside one with OPTIONS, such as ''--append movable_node --kernel 6.12''; or A,B, two kernels'
            cand --hot-add 'Say what becomes of memory that is added later, in this order; END exclusive, both multiples of the block size'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --initrd 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too'
            cand --profile 'The profile of the unified kernel image'
            cand --override 'Tables to override: short for an archive of them'
            cand --loader 'Who starts that kernel: firmware with a boot loader, or the kernel that runs, which puts it elsewhere [default: firmware]'
            cand --kernel-at 'Where that boot keeps the kernel image, in bytes, end exclusive'
            cand --initrd-at 'Where that boot keeps the initrd'
            cand --mirrored 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)'
            cand --reserve 'Memory that is reserved before the SRAT is read, with a name for it'
            cand --format 'How to print the result [default: by the suffix of FILE, else text]'
            cand -o 'Write to a file; its suffix says how: .svg, .json or .txt'
            cand --output 'Write to a file; its suffix says how: .svg, .json or .txt'
            cand --numa 'Show nodes and zones; the default, unless one of the next three is asked for'
            cand --early 'Show what memory is reserved before the SRAT is known, in boot order'
            cand --blocks 'Show memory blocks: their zone, and whether they can go offline'
            cand --map 'Draw nodes as bars on one scale, with what blocks them; plan begins with it on a terminal'
            cand --lockdown 'As if the kernel were locked down for another reason than its command line (Secure Boot)'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;advise'= {
            cand --want 'A wish, in the words of a policy: ''node 1 fully movable'', ''movable at least 50%'', ''kernel keeps at least 4G'', ''range 8G-16G movable'', ''can grow to 64G'', ''can grow to 64G movable'''
            cand --policy 'A file of wishes, a line each, as check --policy takes it'
            cand -o 'Write the changed SRAT and the archive of it into a folder'
            cand --output 'Write the changed SRAT and the archive of it into a folder'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --initrd 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too'
            cand --profile 'The profile of the unified kernel image'
            cand --override 'Tables to override: short for an archive of them'
            cand --loader 'Who starts that kernel: firmware with a boot loader, or the kernel that runs, which puts it elsewhere [default: firmware]'
            cand --kernel-at 'Where that boot keeps the kernel image, in bytes, end exclusive'
            cand --initrd-at 'Where that boot keeps the initrd'
            cand --mirrored 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)'
            cand --reserve 'Memory that is reserved before the SRAT is read, with a name for it'
            cand --format 'How to print the result'
            cand --lockdown 'As if the kernel were locked down for another reason than its command line (Secure Boot)'
            cand --map 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;removable'= {
            cand --node 'Only the blocks of this node'
            cand --block 'Only these blocks, by the number that they have in /sys/devices/system/memory'
            cand --range 'Only the blocks that these addresses lie in; END exclusive'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result'
            cand --map 'Draw the blocks of each node as a strip on one scale; shown on a terminal anyway'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;where'= {
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result; ndjson: a line of JSON for each address, as it comes'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;report'= {
            cand -o 'The file to write; - is standard output'
            cand --output 'The file to write; - is standard output'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --initrd 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too'
            cand --profile 'The profile of the unified kernel image'
            cand --override 'Tables to override: short for an archive of them'
            cand --loader 'Who starts that kernel: firmware with a boot loader, or the kernel that runs, which puts it elsewhere [default: firmware]'
            cand --kernel-at 'Where that boot keeps the kernel image, in bytes, end exclusive'
            cand --initrd-at 'Where that boot keeps the initrd'
            cand --mirrored 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)'
            cand --reserve 'Memory that is reserved before the SRAT is read, with a name for it'
            cand --lockdown 'As if the kernel were locked down for another reason than its command line (Secure Boot)'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;capture'= {
            cand -o 'Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]'
            cand --output 'Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]'
            cand --with 'What to take along that is left out otherwise'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --format 'How to print the result'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;inspect'= {
            cand --limit 'The most that is unpacked of each compressed part, such as 512M'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --format 'How to print the result'
            cand --deep 'Unpack what is compressed, to find tables in the wrong place and where the unpacker would fail'
            cand --entries 'List the entries of large archives too'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;build'= {
            cand -o 'Where to write the table [default: FILE with .aml at its end]'
            cand --output 'Where to write the table [default: FILE with .aml at its end]'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --as-is 'Take lengths and checksums as they are written, for tables that are to be wrong'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;template'= {
            cand --format 'How to print the result'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;edit'= {
            cand --set 'Set a field or a flag: `Oem ID=ME`, `Memory[3].Hot Pluggable=1`, `Reset Register.Address=0xcf9`'
            cand --hotplug 'SRAT: mark memory hot-pluggable: node=N, pxm=N or range=START-END'
            cand --no-hotplug 'SRAT: take the mark from memory'
            cand --split 'SRAT: split entries at the borders of a range'
            cand --move 'SRAT: move memory to another proximity domain'
            cand --distance 'SLIT: set the distance between two localities; A>B=N sets the way from A to B alone'
            cand --oem-revision 'The new OEM revision: a number, or keep [default: one more, which Linux takes for newer]; alone it puts the checksum right'
            cand -o 'Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]'
            cand --output 'Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]'
            cand --override-to 'Make an override archive with the table, as mkinitrd-override does; - is standard output'
            cand --initrd 'The initrd that the archive comes in front of'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --plan 'Show nodes and zones of the next boot without and with the change'
            cand --force 'Write the archive even if the kernel would refuse the table, or fail on it'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --map 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;diff'= {
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --append 'Words to add to that command line; -NAME takes an option away'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result'
            cand --map 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;doctor'= {
            cand --initrd 'The initrd or unified kernel image that was booted [default: the boot loader''s]'
            cand --before 'The machine before the override, or its tables, which are the firmware''s own: a capture, a folder or a dump'
            cand --kernel 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]'
            cand --rules-of 'Take the rules of another release, such as the one whose memory management a distribution took back into its own'
            cand --config 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]'
            cand --cmdline 'Kernel command line of the boot [default: that of the machine, log or image in question]'
            cand --sysroot 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]'
            cand --from 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -'
            cand --sample 'A machine that acpihp carries itself; `list` shows them'
            cand --dmesg 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]'
            cand --boot 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]'
            cand --root-order 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it'
            cand --take 'In a listing of iasl that was edited in more than values: read its decoded lines, or its raw data'
            cand --format 'How to print the result'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;sample'= {
            cand -o 'Write its files into this folder, which is made where it does not exist'
            cand --output 'Write its files into this folder, which is made where it does not exist'
            cand --format 'How to print the result'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;explain'= {
            cand --format 'How to print the result'
            cand --all 'Explain every finding in full'
            cand -J 'Short for --format json'
            cand --json 'Short for --format json'
            cand -q 'Only the bare result, warnings and errors; no notes, no progress'
            cand --quiet 'Only the bare result, warnings and errors; no notes, no progress'
            cand -v 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand --verbose 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;completions'= {
            cand --all 'Write the scripts of all shells into a folder'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;man'= {
            cand --all 'Write all pages into the folders man1 and man7 of a folder'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acpihp;help'= {
            cand dump 'Show the tables of this machine, a file or a dump, and what they say'
            cand mkinitrd-override 'Make the archive that replaces tables, in front of an initrd if wanted'
            cand check 'Say whether Linux will accept tables, archives and initrds, and whether they are right'
            cand simulate 'Show step by step which tables end up installed, and why'
            cand plan 'Show which memory goes to which node and zone, and why'
            cand advise 'Find the smallest change that makes memory as it is wished: marks of the SRAT, command line'
            cand removable 'Show what memory can go offline now, what holds the rest, and the way out'
            cand where 'Show what is at a physical address: node, zone, memory block, and who reserved it'
            cand report 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel''s log'
            cand capture 'Save what the other commands need of this machine, without secrets'
            cand inspect 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it'
            cand build 'Make a table from its source: iasl''s data-table language, or the JSON of dump'
            cand template 'Print the source of a new table to start from'
            cand edit 'Change exactly the fields that are named in a table, and show what comes of it'
            cand diff 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones'
            cand doctor 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted'
            cand sample 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder'
            cand explain 'Explain a finding: what it means, why, where it is written, how to fix it'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of acpihp or of a subcommand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'acpihp;help;dump'= {
        }
        &'acpihp;help;mkinitrd-override'= {
        }
        &'acpihp;help;check'= {
        }
        &'acpihp;help;simulate'= {
        }
        &'acpihp;help;plan'= {
        }
        &'acpihp;help;advise'= {
        }
        &'acpihp;help;removable'= {
        }
        &'acpihp;help;where'= {
        }
        &'acpihp;help;report'= {
        }
        &'acpihp;help;capture'= {
        }
        &'acpihp;help;inspect'= {
        }
        &'acpihp;help;build'= {
        }
        &'acpihp;help;template'= {
        }
        &'acpihp;help;edit'= {
        }
        &'acpihp;help;diff'= {
        }
        &'acpihp;help;doctor'= {
        }
        &'acpihp;help;sample'= {
        }
        &'acpihp;help;explain'= {
        }
        &'acpihp;help;completions'= {
        }
        &'acpihp;help;man'= {
        }
        &'acpihp;help;help'= {
        }
    ]
    $completions[$command]
}
