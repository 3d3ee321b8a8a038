// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {TermsCode} from "../libraries/TermsCode.sol";
import {TypedIndemnity} from "../libraries/TypedIndemnity.sol";
import {IndemnityTerms} from "../types/IndemnityTypes.sol";

/// @title IndemnityMaker
/// @notice Clones an indemnity product without asking what the factory asks: to see what a product does with any terms.
contract IndemnityMaker {
    /// @notice A product was made; nobody has registered it with its treasury.
    event IndemnityProductMade(address product);

    /// @notice Makes a product with these terms.
    function make(address implementation, IndemnityTerms memory terms) external returns (address product) {
        bytes memory code = abi.encode(TermsCode.pack(terms));
        product = Clones.cloneDeterministicWithImmutableArgs(implementation, code, TypedIndemnity.termsHash(terms));
        emit IndemnityProductMade(product);
    }
}
