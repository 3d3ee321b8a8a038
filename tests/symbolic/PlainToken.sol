// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The least a token needs for the proofs: balances that move, and an issuer who may refuse all of it.
contract PlainToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    bool public refuses;

    error Refused();

    function mint(address account, uint256 amount) external {
        balanceOf[account] += amount;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        if (refuses) revert Refused();
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function decimals() external pure returns (uint8) {
        return 6;
    }
}
