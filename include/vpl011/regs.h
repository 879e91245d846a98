/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Hardware facts of the Arm PL011 (TRM DDI 0183, r1p5) and of its SBSA / BSA
 * Generic UART subset: offsets, bits and reset values, spelled as the TRM
 * spells them. Nothing here depends on the library, so that guests, tests and
 * firmware can include it alone.
 */
#ifndef VPL011_REGS_H
#define VPL011_REGS_H

/** @name Register offsets in the 4 KiB window (TRM 3.2, 4.3)
 * @{ */
#define PL011_UARTDR 0x000u        /**< data: read pops RX, write pushes TX */
#define PL011_UARTRSR 0x004u       /**< receive status (read) */
#define PL011_UARTECR 0x004u       /**< error clear (write) */
#define PL011_UARTFR 0x018u        /**< flags */
#define PL011_UARTILPR 0x020u      /**< IrDA low-power divisor */
#define PL011_UARTIBRD 0x024u      /**< baud divisor, integer part */
#define PL011_UARTFBRD 0x028u      /**< baud divisor, 64ths */
#define PL011_UARTLCR_H 0x02Cu     /**< line control */
#define PL011_UARTCR 0x030u        /**< control */
#define PL011_UARTIFLS 0x034u      /**< FIFO trigger levels */
#define PL011_UARTIMSC 0x038u      /**< interrupt enables */
#define PL011_UARTRIS 0x03Cu       /**< raw interrupt status */
#define PL011_UARTMIS 0x040u       /**< RIS & IMSC */
#define PL011_UARTICR 0x044u       /**< interrupt clear, write 1 */
#define PL011_UARTDMACR 0x048u     /**< DMA control */
#define PL011_UARTTCR 0x080u       /**< test control */
#define PL011_UARTITIP 0x084u      /**< integration test inputs */
#define PL011_UARTITOP 0x088u      /**< integration test outputs */
#define PL011_UARTTDR 0x08Cu       /**< test data */
#define PL011_UARTPeriphID0 0xFE0u /**< PeriphID0..3 at stride 4 */
#define PL011_UARTPeriphID1 0xFE4u /**< bits 15:8 of the packed ID */
#define PL011_UARTPeriphID2 0xFE8u /**< bits 23:16: the revision */
#define PL011_UARTPeriphID3 0xFECu /**< bits 31:24 */
#define PL011_UARTPCellID0 0xFF0u  /**< PCellID0..3 at stride 4 */
#define PL011_UARTPCellID1 0xFF4u  /**< bits 15:8 of PL011_PCELLID */
#define PL011_UARTPCellID2 0xFF8u  /**< bits 23:16 */
#define PL011_UARTPCellID3 0xFFCu  /**< bits 31:24 */
#define PL011_WINDOW_SIZE 0x1000u  /**< [bytes] of the registers */
/** @} */

/** @name UARTDR read bits (TRM 3.3.1)
 * 7:0 is the character.
 * @{ */
#define PL011_DR_FE (1u << 8)  /**< framing error */
#define PL011_DR_PE (1u << 9)  /**< parity error */
#define PL011_DR_BE (1u << 10) /**< break */
#define PL011_DR_OE (1u << 11) /**< overrun before this one */
#define PL011_DR_DATA 0x0FFu   /**< the character */
/** All four errors. */
#define PL011_DR_ERRORS (PL011_DR_FE | PL011_DR_PE | PL011_DR_BE | PL011_DR_OE)
/** @} */

/** @name UARTRSR bits (TRM 3.3.2)
 * The DR error bits, eight places down.
 * @{ */
#define PL011_RSR_FE (1u << 0) /**< framing error */
#define PL011_RSR_PE (1u << 1) /**< parity error */
#define PL011_RSR_BE (1u << 2) /**< break */
#define PL011_RSR_OE (1u << 3) /**< overrun */
/** @} */

/** @name UARTFR bits (TRM 3.3.3)
 * @{ */
#define PL011_FR_CTS (1u << 0)  /**< clear to send is asserted */
#define PL011_FR_DSR (1u << 1)  /**< data set ready */
#define PL011_FR_DCD (1u << 2)  /**< data carrier detect */
#define PL011_FR_BUSY (1u << 3) /**< a character is being sent */
#define PL011_FR_RXFE (1u << 4) /**< the RX FIFO is empty */
#define PL011_FR_TXFF (1u << 5) /**< the TX FIFO is full */
#define PL011_FR_RXFF (1u << 6) /**< the RX FIFO is full */
#define PL011_FR_TXFE (1u << 7) /**< the TX FIFO is empty */
#define PL011_FR_RI (1u << 8)   /**< ring indicator */
/** The modem inputs. */
#define PL011_FR_MODEM \
    (PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD | PL011_FR_RI)
/** @} */

/** @name UARTLCR_H bits (TRM 3.3.7)
 * @{ */
#define PL011_LCR_H_BRK (1u << 0)  /**< send a BREAK */
#define PL011_LCR_H_PEN (1u << 1)  /**< parity */
#define PL011_LCR_H_EPS (1u << 2)  /**< even parity, not odd */
#define PL011_LCR_H_STP2 (1u << 3) /**< two stop bits */
#define PL011_LCR_H_FEN (1u << 4)  /**< FIFOs, not one character */
#define PL011_LCR_H_WLEN_SHIFT 5   /**< where WLEN begins */
/** Data bits: 0 to 3 mean 5 to 8. */
#define PL011_LCR_H_WLEN (3u << PL011_LCR_H_WLEN_SHIFT)
/** 8 data bits. */
#define PL011_LCR_H_WLEN8 (3u << PL011_LCR_H_WLEN_SHIFT)
#define PL011_LCR_H_SPS (1u << 7) /**< stick parity */
/** @} */

/** @name UARTCR bits (TRM 3.3.8)
 * @{ */
#define PL011_CR_UARTEN (1u << 0) /**< the UART is on */
#define PL011_CR_SIREN (1u << 1)  /**< IrDA */
#define PL011_CR_SIRLP (1u << 2)  /**< IrDA, low power */
#define PL011_CR_LBE (1u << 7)    /**< loopback */
#define PL011_CR_TXE (1u << 8)    /**< transmission is on */
#define PL011_CR_RXE (1u << 9)    /**< reception is on */
#define PL011_CR_DTR (1u << 10)   /**< data terminal ready */
#define PL011_CR_RTS (1u << 11)   /**< request to send */
#define PL011_CR_OUT1 (1u << 12)  /**< modem output 1 */
#define PL011_CR_OUT2 (1u << 13)  /**< modem output 2 */
#define PL011_CR_RTSEN (1u << 14) /**< the RX FIFO drives RTS */
#define PL011_CR_CTSEN (1u << 15) /**< CTS controls transmission */
/** @} */

/** @name UARTIFLS fields (TRM 3.3.9)
 * Codes 0..4 mean 1/8, 1/4, 1/2, 3/4, 7/8.
 * @{ */
#define PL011_IFLS_TX_SHIFT 0 /**< where TXIFLSEL begins */
#define PL011_IFLS_RX_SHIFT 3 /**< where RXIFLSEL begins */
#define PL011_IFLS_SEL 0x7u   /**< either code, shifted down */
/** @} */

/** @name Bits of UARTIMSC, RIS, MIS and ICR (TRM 3.3.10 to 3.3.13)
 * @{ */
#define PL011_INT_RI (1u << 0)  /**< RI changed */
#define PL011_INT_CTS (1u << 1) /**< CTS changed */
#define PL011_INT_DCD (1u << 2) /**< DCD changed */
#define PL011_INT_DSR (1u << 3) /**< DSR changed */
#define PL011_INT_RX (1u << 4)  /**< the RX FIFO reached its trigger */
#define PL011_INT_TX (1u << 5)  /**< the TX FIFO fell to its trigger */
#define PL011_INT_RT (1u << 6)  /**< receive timeout */
#define PL011_INT_FE (1u << 7)  /**< framing error */
#define PL011_INT_PE (1u << 8)  /**< parity error */
#define PL011_INT_BE (1u << 9)  /**< break */
#define PL011_INT_OE (1u << 10) /**< overrun */
/** The four of the modem inputs. */
#define PL011_INT_MODEM \
    (PL011_INT_RI | PL011_INT_CTS | PL011_INT_DCD | PL011_INT_DSR)
/** The four errors. */
#define PL011_INT_ERROR \
    (PL011_INT_FE | PL011_INT_PE | PL011_INT_BE | PL011_INT_OE)
#define PL011_INT_ALL 0x7FFu /**< all eleven */
/** @} */

/** @name UARTDMACR bits (TRM 3.3.14)
 * @{ */
#define PL011_DMACR_RXDMAE (1u << 0)   /**< requests for the RX FIFO */
#define PL011_DMACR_TXDMAE (1u << 1)   /**< requests for the TX FIFO */
#define PL011_DMACR_DMAONERR (1u << 2) /**< errors stop RX requests */
/** @} */

/** @name UARTTCR bits (TRM 4.3.1)
 * @{ */
#define PL011_TCR_ITEN (1u << 0)     /**< integration test */
#define PL011_TCR_TESTFIFO (1u << 1) /**< UARTTDR reaches the FIFOs */
#define PL011_TCR_SIRTEST (1u << 2)  /**< IrDA loopback */
/** @} */

/** @name UARTITIP bits (TRM 4.3.2)
 * The pins read as they are, active low.
 * @{ */
#define PL011_ITIP_RXD (1u << 0)      /**< UARTRXD */
#define PL011_ITIP_SIRIN (1u << 1)    /**< SIRIN */
#define PL011_ITIP_nDSR (1u << 2)     /**< nUARTDSR */
#define PL011_ITIP_nCTS (1u << 3)     /**< nUARTCTS */
#define PL011_ITIP_nDCD (1u << 4)     /**< nUARTDCD */
#define PL011_ITIP_nRI (1u << 5)      /**< nUARTRI */
#define PL011_ITIP_RXDMACLR (1u << 6) /**< UARTRXDMACLR */
#define PL011_ITIP_TXDMACLR (1u << 7) /**< UARTTXDMACLR */
/** @} */

/** @name Writable bits (TRM tables 3-1, 4-1)
 * @{ */
#define PL011_UARTCR_MASK 0xFF87u /**< of UARTCR */
#define PL011_UARTFBRD_MASK 0x3Fu /**< of UARTFBRD */
#define PL011_UARTIFLS_MASK 0x3Fu /**< of UARTIFLS */
#define PL011_UARTDMACR_MASK 0x7u /**< of UARTDMACR */
#define PL011_UARTTCR_MASK 0x7u   /**< of UARTTCR */
/** of UARTITIP */
#define PL011_UARTITIP_MASK (PL011_ITIP_RXDMACLR | PL011_ITIP_TXDMACLR)
#define PL011_UARTTDR_MASK 0x7FFu /**< of UARTTDR */
/** @} */

/** @name Reset values that are not zero (TRM table 3-1)
 * @{ */
#define PL011_UARTCR_RESET (PL011_CR_TXE | PL011_CR_RXE) /**< of UARTCR */
#define PL011_UARTIFLS_RESET 0x12u /**< both triggers at a half */
/** @} */

/** What firmware leaves for an SBSA operating system (BSA appendix B). */
#define PL011_UARTCR_FIRMWARE (PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE)
/** UARTLCR_H: 8n1, with FIFOs. */
#define PL011_UARTLCR_H_FIRMWARE (PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN)

/** @name Identification (TRM 3.3.15 to 3.3.22)
 * Packed as drivers pack it: PeriphID3 in the top byte, PeriphID0 in the bottom
 * one.
 * @{ */
#define PL011_PERIPHID_R1P1 0x00141011u /**< of revision r1p1 */
#define PL011_PERIPHID_R1P4 0x00241011u /**< of r1p3 and r1p4 */
#define PL011_PERIPHID_R1P5 0x00341011u /**< of r1p5 */
#define PL011_PCELLID 0xB105F00Du       /**< of every PrimeCell */
/** @} */

/** @name FIFO depths by revision (TRM 1.3) and of the SBSA Generic UART
 * @{ */
#define PL011_DEPTH_R1P5 32u /**< of r1p5 */
#define PL011_DEPTH_R1P4 16u /**< of r1p4 and earlier */
#define PL011_DEPTH_SBSA 32u /**< of the Generic UART */
#define PL011_DEPTH_MAX 32u  /**< the largest */
/** @} */

#endif
