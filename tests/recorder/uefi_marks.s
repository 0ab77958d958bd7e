# A boot service driver of UEFI that adds attributes to ranges of the memory map: see uefi.rs.
#
# Calls are those of UEFI on x86-64: rcx, rdx, r8, r9, then the stack, with 32 bytes free below the return address.

        .intel_syntax noprefix
        .text

entry:                                  # (rcx: image, rdx: system table)
        push    rbx
        push    rsi
        sub     rsp, 0x28
        mov     rbx, [rdx + 0x60]       # boot services
        mov     rax, [rbx + 56]         # GetMemoryMap
        mov     [rip + original], rax
        lea     rax, [rip + get_memory_map]
        mov     [rbx + 56], rax
        lea     rsi, [rip + marks]
1:      cmp     qword ptr [rsi], 0
        je      2f
        mov     rax, [rsi + 8]
        call    take_page
        mov     rax, [rsi + 16]
        call    take_page
        add     rsi, 24
        jmp     1b
2:      xor     eax, eax
        add     rsp, 0x28
        pop     rsi
        pop     rbx
        ret

# A page of loader data at rax, so that the memory map is cut there. Where there is no free memory, nothing happens.
take_page:
        sub     rsp, 0x38
        mov     [rsp + 0x28], rax
        mov     ecx, 2                  # AllocateAddress
        mov     edx, 2                  # EfiLoaderData
        mov     r8d, 1
        lea     r9, [rsp + 0x28]
        call    [rbx + 40]              # AllocatePages
        add     rsp, 0x38
        ret

get_memory_map:                         # (rcx: size, rdx: map, r8: key, r9: size of a descriptor, stack: version)
        push    rbx
        push    rsi
        push    rdi
        sub     rsp, 0x30
        mov     rbx, rcx
        mov     rsi, rdx
        mov     rdi, r9
        mov     rax, [rsp + 0x70]
        mov     [rsp + 0x20], rax
        call    [rip + original]
        test    rax, rax
        jnz     6f
        mov     rcx, rsi
        mov     rdx, [rbx]
        add     rdx, rsi
        mov     r8, [rdi]
3:      cmp     rcx, rdx                # for each descriptor
        jae     6f
        mov     r9, [rcx + 8]           # start
        mov     r10, [rcx + 24]         # pages
        shl     r10, 12
        add     r10, r9
        lea     r11, [rip + marks]
4:      mov     rbx, [r11]              # for each mark
        test    rbx, rbx
        jz      5f
        cmp     r9, [r11 + 8]
        jb      7f
        cmp     r10, [r11 + 16]
        ja      7f
        or      [rcx + 32], rbx         # attribute
7:      add     r11, 24
        jmp     4b
5:      add     rcx, r8
        jmp     3b
6:      add     rsp, 0x30
        pop     rdi
        pop     rsi
        pop     rbx
        ret

        .balign 8
original:
        .quad   0
marks:                                  # attribute, start, end; an attribute of 0 ends them
